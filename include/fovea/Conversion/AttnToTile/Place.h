//===- Place.h - where a sequence's queries and keys are --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_PLACE_H
#define FOVEA_CONVERSION_ATTNTOTILE_PLACE_H

#include "fovea/Conversion/AttnToTile/TileBuilder.h"

namespace fovea {

/// Where the queries and the keys of one sequence are, all of type index. The two have
/// axes of their own: queries are `queries` consecutive rows from `queryRow` on, the
/// first of which stands at position `firstQuery` of the sequence; keys are the
/// positions 0 .. keys - 1, and `keyRow` is where packed ones begin.
///
/// Rows that are no sequence's have queries and no keys.
struct Place {
  mlir::Value queryRow;   ///< the row of the first query
  mlir::Value firstQuery; ///< the position of the first query
  mlir::Value queries;    ///< how many
  mlir::Value length;     ///< the sequence's tokens; positions are below
  mlir::Value keyRow;     ///< the row of the first token that is a key
  mlir::Value keys;       ///< tokens that are keys: `length`, or 0 where no sequence is

  /// Queries and keys are the same tokens: `length` packed rows from `base` on.
  static Place packed(TileBuilder &b, mlir::Value base, mlir::Value length,
                      mlir::Value keys) {
    return {base, b.index(0), length, length, base, keys};
  }
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_PLACE_H
