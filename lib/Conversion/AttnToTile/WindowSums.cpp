//===- WindowSums.cpp - sums over all windows -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "WindowSums.h"

using namespace mlir;
using namespace fovea;

Value WindowSums::sum(Value zero, Tiles add) const {
  auto addSequence = [&](const Place &place, ValueRange carried) {
    Value count = cast<attn::KeySetInterface>(windows).emitNumKeys(b, place.keys);
    auto addTile = [&](Value number, ValueRange added) {
      Value first = b.mul(number, head.tokens * windows.getStride());
      auto tile = WindowTile::at(b, head.tokens, windows, place, first, head.head);
      return SmallVector<Value>{add(tile, added[0])};
    };
    return b.emitLoop(b.ceilDiv(count, head.tokens), /*step=*/1, carried, addTile);
  };
  return head.forSequences(b, zero, addSequence)[0];
}

Value WindowSums::sumRows(Value view) const {
  int64_t columns = cast<MemRefType>(view.getType()).getShape().back();
  Value zero = b.constantTile({head.tokens, columns}, 0);
  Value rows = sum(zero, [&](const WindowTile &tile, Value sum) {
    return b.addf(sum, b.toF32(tile.load(b, view)));
  });
  return b.reduce(tile::ReduceKind::Add, rows, 0);
}

Value WindowSums::sumProducts(int64_t rows, int64_t columns,
                              function_ref<Value(const WindowTile &)> left,
                              Value right) const {
  Value zero = b.constantTile({rows, columns}, 0);
  return sum(zero, [&](const WindowTile &tile, Value sum) -> Value {
    Value lhs = left(tile);
    return tile::DotOp::create(b, lhs, tile.load(b, right), sum,
                               /*transposeRhs=*/false);
  });
}
