//===- Index.cpp - block scores from index queries and keys ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// One step is a key block: products of the index heads' rows with its keys, what makes
// a head's score of them, the element mask, the sum over the heads of each token, and
// the best key of each selection block. A masked element is -inf in every head, so that
// the sum is.
//
//===----------------------------------------------------------------------===//

#include "Index.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

using namespace mlir;
using namespace fovea;

/// act(product) times the head's weight; `weights` is one value per row, or null.
static Value emitHeadScores(TileBuilder &b, attn::IndexBlocksOp op, Value weights,
                            Value products) {
  Value scores = products;
  if (op.isRectified()) // NaN becomes 0, as by x > 0 ? x : 0
    scores = arith::MaxNumFOp::create(b, scores, b.constantLike(scores, 0.0));
  if (!weights)
    return scores;
  return b.mulf(scores,
                b.alongRows(weights, TileBuilder::typeOf(scores).getDimSize(1)));
}

/// The best key of each block. What f32 cannot hold is its largest number: +inf is what
/// forced blocks rank by.
static Value emitBlockScores(TileBuilder &b, const QueryTile &tile, Value scores,
                             int64_t keysPerBlock) {
  int64_t blocks = TileBuilder::typeOf(scores).getDimSize(1) / keysPerBlock;
  Value best = tile::BlockMaxOp::create(b, b.f32Tile({tile.tokens, blocks}), scores,
                                        keysPerBlock);
  Value largest = b.constantLike(best, double(std::numeric_limits<float>::max()));
  return arith::MinNumFOp::create(b, best, largest); // no NaN comes from a block_max
}

SmallVector<Value> fovea::emitIndexScores(TileBuilder &b, const QueryTile &tile,
                                          Value iq, const IndexInputs &inputs,
                                          ValueRange inits, ScoreConsumer consumer) {
  attn::IndexBlocksOp op = inputs.op;
  int64_t keysPerBlock = op.getKeysPerBlock(), blocks = inputs.keyBlock / keysPerBlock;
  bool isShared = cast<MemRefType>(inputs.ik.getType()).getDimSize(1) == 1;
  Value keyHead = isShared ? b.index(0) : b.div(tile.kvHead, op.getKeySharing());
  ScoreTiles products(
      b, tile, iq,
      {inputs.ik, op.getKeys(), /*scale=*/1.0, inputs.keyBlock, keyHead});
  Value weights = inputs.weights ? tile.loadRowValues(b, inputs.weights) : Value();
  Value steps = b.ceilDiv(emitNumBlocks(b, tile, op.getBlocks().getBlock()), blocks);
  attn::VisitBounds bounds = op.getKeys().emitVisits(
      b, {tile.place.length, tile.first, tile.last, inputs.keyBlock});
  auto loop = scf::ForOp::create(b, b.index(0), steps, b.index(1), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value step = loop.getInductionVar();
  Value masked = arith::OrIOp::create(b, b.less(step, bounds.fullBegin),
                                      b.less(b.sub(bounds.fullEnd, b.index(1)), step));
  Value heads = products.emitScores({step, /*tokens=*/{}, masked}, [&](Value product) {
    return emitHeadScores(b, op, weights, product);
  });
  Value scores = emitBlockScores(b, tile, emitHeadSum(b, tile, heads), keysPerBlock);
  scf::YieldOp::create(b,
                       consumer(scores, b.mul(step, blocks), loop.getRegionIterArgs()));
  return llvm::to_vector_of<Value>(loop.getResults());
}
