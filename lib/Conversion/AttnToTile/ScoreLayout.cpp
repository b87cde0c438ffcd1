//===- ScoreLayout.cpp - whose a tile of scores' rows are -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/ScoreLayout.h"

using namespace mlir;
using namespace fovea;

SmallVector<int64_t, 2> ScoreLayout::getShape() const {
  if (owner == ScoreOwner::Queries)
    return {queries, keys};
  return {keys, queries};
}

Value ScoreLayout::spreadQueries(TileBuilder &b, Value values) const {
  return owner == ScoreOwner::Queries ? b.alongRows(values, keys)
                                      : b.alongColumns(values, keys);
}

Value ScoreLayout::spreadKeys(TileBuilder &b, Value values) const {
  return owner == ScoreOwner::Queries ? b.alongColumns(values, queries)
                                      : b.alongRows(values, queries);
}

Value ScoreLayout::emitProducts(TileBuilder &b, Value queryRows, Value keyRows) const {
  Value zero = b.constantTile(getShape(), 0);
  if (owner == ScoreOwner::Keys)
    std::swap(queryRows, keyRows);
  return tile::DotOp::create(b, queryRows, keyRows, zero, /*transposeRhs=*/true);
}
