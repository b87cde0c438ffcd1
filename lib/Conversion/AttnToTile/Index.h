//===- Index.h - block scores from index queries and keys -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_INDEX_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_INDEX_H

#include "Select.h"

namespace fovea {

/// What an attn.index_blocks reads: views ik [T / d, Hik, Di] and, or null, weights
/// [T, Hi].
struct IndexInputs {
  KeyView ik;
  mlir::Value weights;
  attn::IndexBlocksOp op;
  int64_t keyBlock; ///< index keys per step, a multiple of the keys of a block
  VisitPart part = {};
};

/// Streams the scores of blocks 0 .. (block of the last query), in ascending order. The
/// rows of `tile` are the index heads of a KV head, whose queries are loaded by parts.
/// Returns the carried values.
llvm::SmallVector<mlir::Value> emitIndexScores(TileBuilder &b, const QueryTile &tile,
                                               QueryLoader loadQueries,
                                               const IndexInputs &inputs,
                                               mlir::ValueRange inits,
                                               ScoreConsumer consumer);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_INDEX_H
