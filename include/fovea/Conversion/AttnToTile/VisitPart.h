//===- VisitPart.h - a part of a tile's visits ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_VISITPART_H
#define FOVEA_CONVERSION_ATTNTOTILE_VISITPART_H

#include "fovea/Conversion/AttnToTile/TileBuilder.h"

namespace fovea {

/// Where a tile of queries has many keys and there are few tiles, several programs
/// share its visits: number `number`, of type index, of `count`.
struct VisitPart {
  mlir::Value number = {}; ///< null: there is one
  int64_t count = 1;

  bool isWhole() const { return !number; }

  /// The part of the numbers `begin` .. `end` - 1, as a begin and an end: parts are as
  /// long as one another, or one longer. All where the part is the whole.
  std::pair<mlir::Value, mlir::Value> cut(TileBuilder &b, mlir::Value begin,
                                          mlir::Value end) const {
    if (isWhole())
      return {begin, end};
    mlir::Value all = b.max(b.sub(end, begin), 0);
    mlir::Value first = b.div(b.mul(all, number), count);
    mlir::Value last = b.div(b.mul(all, b.add(number, 1)), count);
    return {b.add(begin, first), b.add(begin, last)};
  }
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_VISITPART_H
