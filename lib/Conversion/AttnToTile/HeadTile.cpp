//===- HeadTile.cpp - what is summed over all tokens ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/HeadTile.h"

#include "fovea/Support/Sizes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea;

/// Run number `run` of those that offsets cut: the first is before them, the last one
/// behind them. A step above all rows gives each run one tile, of its number.
static tile::LocateOp locateRun(TileBuilder &b, const HeadTile &tile, Value run) {
  SmallVector<Type> types(5, b.getIndexType());
  return tile::LocateOp::create(b, types, run, tile.offsets, tile.rows, kMaxSize);
}

HeadTile::Carried
HeadTile::forSequences(TileBuilder &b, ValueRange inits,
                       function_ref<Carried(const Place &, ValueRange)> body) const {
  Value sequences = b.add(memref::DimOp::create(b, offsets, 0), -1);
  return b.emitLoop(sequences, /*step=*/1, inits, [&](Value i, ValueRange carried) {
    auto run = locateRun(b, *this, b.add(i, 1));
    return body(emitTokenPlace(b, run, offsets, rows, lengths), carried);
  });
}

Value HeadTile::sumTokens(TileBuilder &b, int64_t columns,
                          function_ref<Value(Value, Value)> term) const {
  // Tiles are small, and wait for memory: several are on their way at once.
  constexpr int64_t kTilesOfStep = 4;
  Value begin = locateRun(b, *this, b.index(0)).getLength();
  Value end = locateRun(b, *this, memref::DimOp::create(b, offsets, 0)).getBase();
  Value steps = b.ceilDiv(b.max(b.sub(end, begin), 0), kTilesOfStep * tokens);
  Value zero = b.constantTile({tokens, columns}, 0);
  return b.emitLoop(steps, /*step=*/1, zero, [&](Value step, ValueRange carried) {
    Value first = b.add(begin, b.mul(step, kTilesOfStep * tokens)), sum = carried[0];
    for (int64_t i = 0; i < kTilesOfStep; ++i) {
      Value row = b.add(first, i * tokens);
      sum = b.addf(sum, term(row, b.sub(end, row)));
    }
    return Carried{sum};
  })[0];
}

void HeadTile::storeTotal(TileBuilder &b, Value values, Value view, ValueRange at) {
  // As many columns as a row of a GPU's fragment has at least, all but one are padding.
  constexpr int64_t kColumns = 8;
  Value total = b.reduce(tile::ReduceKind::Add, b.alongRows(values, kColumns), 0);
  b.store(total, view, at, {1, kColumns}, /*count=*/{}, /*within=*/1);
}
