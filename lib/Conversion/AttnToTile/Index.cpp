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

#include <deque>
#include <limits>

using namespace mlir;
using namespace fovea;

namespace {
/// Some index heads of a token, as many as a tile has rows for.
struct IndexPart {
  IndexPart(TileBuilder &b, const QueryTile &tile, const IndexInputs &inputs,
            Value keyHead, QueryLoader loadQueries)
      : tile(tile), op(inputs.op), products(b, this->tile, loadQueries(tile),
                                            {inputs.ik, op.getKeys(), /*scale=*/1.0,
                                             inputs.keyBlock, /*code=*/{}, keyHead}),
        weights(inputs.weights ? tile.loadRowValues(b, inputs.weights) : Value()) {}
  IndexPart(const IndexPart &) = delete; // `products` refers to `tile`

  /// act(product) times the head's weight.
  Value emitHeadScores(TileBuilder &b, Value product) {
    if (op.isRectified()) // NaN becomes 0, as by x > 0 ? x : 0
      product = arith::MaxNumFOp::create(b, product, b.constantLike(product, 0.0));
    if (!weights)
      return product;
    int64_t n = TileBuilder::typeOf(product).getDimSize(1);
    return b.mulf(product, b.alongRows(weights, n));
  }

  /// The scores of one step's keys, -inf where the query does not see them; 0 in rows
  /// that are no head's.
  Value emitScores(TileBuilder &b, const Visit &visit, Value keyTile) {
    Value visible =
        products.emitScores(visit, products.emitProducts(keyTile),
                            [&](Value product) { return emitHeadScores(b, product); });
    return tile.zeroPaddedHeads(b, visible);
  }

  QueryTile tile;
  attn::IndexBlocksOp op;
  ScoreTiles products;
  Value weights;
};
} // namespace

/// The best key of each block, [rows, blocks]. What f32 cannot hold is its largest
/// number: +inf is what forced blocks rank by.
static Value emitBlockScores(TileBuilder &b, Value scores, int64_t keysPerBlock) {
  RankedTensorType type = TileBuilder::typeOf(scores);
  int64_t rows = type.getDimSize(0), blocks = type.getDimSize(1) / keysPerBlock;
  Value best =
      tile::BlockMaxOp::create(b, b.f32Tile({rows, blocks}), scores, keysPerBlock);
  Value largest = b.constantLike(best, double(std::numeric_limits<float>::max()));
  return arith::MinNumFOp::create(b, best, largest); // no NaN comes from a block_max
}

SmallVector<Value> fovea::emitIndexScores(TileBuilder &b, const QueryTile &tile,
                                          QueryLoader loadQueries,
                                          const IndexInputs &inputs, ValueRange inits,
                                          ScoreConsumer consumer) {
  attn::IndexBlocksOp op = inputs.op;
  int64_t keysPerBlock = op.getKeysPerBlock(), blocks = inputs.keyBlock / keysPerBlock;
  bool isShared = inputs.ik.getHeads() == 1;
  Value keyHead = isShared ? b.index(0) : b.div(tile.kvHead, op.getKeySharing());
  std::deque<IndexPart> parts;
  for (const QueryTile &part : tile.parts(b))
    parts.emplace_back(b, part, inputs, keyHead, loadQueries);
  auto emitStep = [&](const Visit &visit, ValueRange carried) {
    Value keyTile = parts.front().products.loadKeys(visit);
    auto emitPart = [&](IndexPart &part) { return part.emitScores(b, visit, keyTile); };
    Value keyScores = op.takesHeadsTogether() ? emitPart(parts.front())
                                              : emitSumOfParts(b, parts, emitPart);
    Value scores = emitBlockScores(b, keyScores, keysPerBlock);
    return consumer(scores, b.mul(visit.block, blocks), carried);
  };
  return emitScoreSteps(
      b, tile,
      {op.getKeys(), inputs.keyBlock, op.getBlocks().getBlock(), blocks, inputs.part},
      inits, emitStep);
}
