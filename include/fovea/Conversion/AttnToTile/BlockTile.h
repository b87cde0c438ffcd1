//===- BlockTile.h - some blocks of one sequence ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_BLOCKTILE_H
#define FOVEA_CONVERSION_ATTNTOTILE_BLOCKTILE_H

#include "fovea/Conversion/AttnToTile/Place.h"

namespace fovea {

/// Some consecutive blocks of tokens of one sequence, or of rows that are nobody's, and
/// one KV head.
struct BlockTile {
  Place place;       ///< of the sequence
  mlir::Value first; ///< position of the first block's first token
  mlir::Value head;
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_BLOCKTILE_H
