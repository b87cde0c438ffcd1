//===- Select.h - block scores and streaming top-k --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_SELECT_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_SELECT_H

#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Conversion/AttnToTile/Scores.h"

namespace fovea {

/// What block scores are made from: views kc [T / d, Hkv, Dk] and lse [T, Hq].
struct ScoreInputs {
  KeyView kc;
  mlir::Value lse;
  attn::CompressedAttr windows;
  int64_t selectBlock;
  double scale;
  int64_t keyBlock; ///< compressed keys per step, a multiple of selectBlock / d
  ScoreCode code = {};

  int64_t blocksPerStep() const { return keyBlock * windows.getStride() / selectBlock; }
};

/// Blocks 0 .. (block of the last query), as a count; none for rows that are nobody's.
mlir::Value emitNumBlocks(TileBuilder &b, const QueryTile &tile, int64_t selectBlock);

/// Values [rows, n], 0 in rows that are no head's, summed over the rows of each token:
/// [tokens, n].
mlir::Value emitHeadSum(TileBuilder &b, const QueryTile &tile, mlir::Value values);

/// What `emitPart` gives for each of `parts`, [rows, n], summed over all heads of a
/// token: [tokens, n].
template <typename Parts, typename EmitPartFn>
mlir::Value emitSumOfParts(TileBuilder &b, Parts &parts, EmitPartFn emitPart) {
  mlir::Value sum;
  for (auto &part : parts) {
    mlir::Value values = emitPart(part);
    sum = sum ? b.addf(sum, values) : values;
  }
  return emitHeadSum(b, parts.front().tile, sum);
}

/// How scores of blocks come: `blocks` selection blocks of `keyBlock` keys a step.
struct ScoreSteps {
  attn::KeySetInterface keys;
  int64_t keyBlock, selectBlock, blocks;
  VisitPart part = {}; ///< of the steps
};

/// What a step makes of the carried values; its number is the visit's block.
using StepEmitter = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    const Visit &visit, mlir::ValueRange carried)>;

/// The loop over the steps that hold blocks 0 .. (block of the last query), in
/// ascending order. Returns the carried values.
llvm::SmallVector<mlir::Value> emitScoreSteps(TileBuilder &b, const QueryTile &tile,
                                              const ScoreSteps &steps,
                                              mlir::ValueRange inits, StepEmitter emit);

/// Loads the queries of a tile, [rows, Dk].
using QueryLoader = llvm::function_ref<mlir::Value(const QueryTile &tile)>;

/// Writes the score matrix that `op` computes, if it leaves the kernel; one that only
/// an operation of the kernel reads is streamed where it is read.
mlir::LogicalResult emitScoreMatrix(mlir::Operation *op, KernelEmission &kernel);

/// Streams the scores of blocks 0 .. (block of the last query), in ascending order,
/// from compressed keys. Returns the carried values.
llvm::SmallVector<mlir::Value> emitComputedScores(TileBuilder &b, const QueryTile &tile,
                                                  QueryLoader loadQueries,
                                                  const ScoreInputs &inputs,
                                                  mlir::ValueRange inits,
                                                  ScoreConsumer consumer);

/// The columns of a function's own scores are a multiple of this.
inline constexpr int64_t kStoredColumns = 64;

/// How stored scores of blocks of `selectBlock` tokens are taken: `columns` at a time,
/// a divisor of those that the view has.
struct StoredScores {
  int64_t selectBlock, columns;
};

/// The same stream from a view [T, Hkv, N] of stored scores. Those of blocks behind the
/// last query's may be anything.
llvm::SmallVector<mlir::Value> emitStoredScores(TileBuilder &b, const QueryTile &tile,
                                                mlir::Value scoresView,
                                                const StoredScores &stored,
                                                mlir::ValueRange inits,
                                                ScoreConsumer consumer);

/// The (values, indices) of an empty top-k.
llvm::SmallVector<mlir::Value> emitTopkInit(TileBuilder &b, const QueryTile &tile,
                                            attn::SelectTopkOp op);
/// One step of the top-k: forced blocks rank first, blocks past the query's own are no
/// candidates.
llvm::SmallVector<mlir::Value> emitTopkStep(TileBuilder &b, const QueryTile &tile,
                                            attn::SelectTopkOp op, mlir::Value scores,
                                            mlir::Value firstBlock,
                                            mlir::ValueRange carried);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_SELECT_H
