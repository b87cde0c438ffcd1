//===- EmitDot.cpp - the matrix product -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// result^T[n, m] = acc^T[n, m] + sum_k rhs(n, k) * lhs^T[k, m]
//
// in panels of `rows` n's times `vectors` registers of m's, whose sums stay in
// registers over the whole of k. Per k a panel loads `vectors` vectors and `rows`
// scalars for rows * vectors multiply-adds; x86 folds a scalar's broadcast into the
// multiply-add when there is one vector, and shares it when there are more.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

namespace {
/// One dot, and how it is cut into panels.
struct Product {
  Storage lhs, rhs, result;
  Value acc;       // memref laid out as the result, or null for zero
  bool transposed; // rhs is [n][k], else [k][n]
  int64_t depth, width, rows, vectors;
};
} // namespace

/// Panels that keep all sums, a row of lhs vectors and a broadcast in registers, and
/// load least per multiply-add.
static void choosePanel(int64_t registers, int64_t n, int64_t lanes, int64_t &rows,
                        int64_t &vectors) {
  constexpr int64_t kMostRows = 16; // each row of rhs may cost an address register
  double least = 1e9;
  for (int64_t v = 1; v <= 4; ++v) {
    int64_t most = std::min(kMostRows, (registers - v - 1) / v);
    if (lanes % v != 0 || most < 1)
      continue;
    int64_t panels = llvm::divideCeil(n, most);
    int64_t r = llvm::divideCeil(n, panels); // as even as they come
    double loads = double(r + v) / double(r * v);
    if (loads < least) {
      least = loads;
      rows = r;
      vectors = v;
    }
  }
}

static bool isZero(Value tile) {
  auto constant = tile.getDefiningOp<arith::ConstantOp>();
  auto splat =
      constant ? dyn_cast<SplatElementsAttr>(constant.getValue()) : SplatElementsAttr();
  return splat && splat.getSplatValue<APFloat>().isPosZero();
}

static void emitPanel(LoopBuilder &b, const Product &product, int64_t rows, Value row,
                      Value lane) {
  auto type = VectorType::get(product.width, b.getF32Type());
  Values rowAt, laneAt;
  for (int64_t r = 0; r < rows; ++r)
    rowAt.push_back(b.add(row, r));
  for (int64_t v = 0; v < product.vectors; ++v)
    laneAt.push_back(b.add(lane, v * product.width));
  Values sums;
  for (Value r : rowAt)
    for (Value v : laneAt) {
      if (product.acc)
        sums.push_back(vector::LoadOp::create(b, type, product.acc, ValueRange{r, v}));
      else
        sums.push_back(arith::ConstantOp::create(b, b.getZeroAttr(type)));
    }
  sums = b.emitLoop(b.index(product.depth), 1, sums, [&](Value k, ValueRange partial) {
    Values lanes, next;
    for (Value v : laneAt)
      lanes.push_back(
          vector::LoadOp::create(b, type, product.lhs.memref, ValueRange{k, v}));
    for (auto [i, r] : llvm::enumerate(rowAt)) {
      Value at[] = {product.transposed ? r : k, product.transposed ? k : r};
      Value wide =
          b.splat(memref::LoadOp::create(b, product.rhs.memref, at), product.width);
      for (auto [j, vector] : llvm::enumerate(lanes))
        next.push_back(
            vector::FMAOp::create(b, wide, vector, partial[i * product.vectors + j]));
    }
    return next;
  });
  for (auto [i, r] : llvm::enumerate(rowAt))
    for (auto [j, v] : llvm::enumerate(laneAt))
      vector::StoreOp::create(b, sums[i * product.vectors + j], product.result.memref,
                              ValueRange{r, v});
}

void emitDot(const Emission &emission, DotOp op) {
  LoopBuilder &b = emission.b;
  Product product;
  product.lhs = emission.tiles.inMemory(op.getLhs(), Layout::Lanes);
  product.rhs = emission.tiles.inMemory(op.getRhs(), Layout::Natural);
  product.result = emission.scratch.storageOf(op.getResult());
  if (!isZero(op.getAcc()))
    product.acc = emission.tiles.inMemory(op.getAcc(), Layout::Lanes).memref;
  product.transposed = op.getTransposeRhs();
  product.depth = product.lhs.outer();
  int64_t n = product.result.outer(), m = product.result.inner();
  product.width = emission.frame.target.widthFor(m);
  choosePanel(emission.frame.target.vectorRegisters, n, m / product.width, product.rows,
              product.vectors);
  int64_t whole = n - n % product.rows;
  // One stretch of lanes is used with all of rhs before the next: it stays in cache.
  b.loop(m, product.vectors * product.width, [&](Value lane) {
    if (whole > 0)
      b.loop(0, whole, product.rows,
             [&](Value row) { emitPanel(b, product, product.rows, row, lane); });
    if (whole < n)
      emitPanel(b, product, n - whole, b.index(whole), lane);
  });
}

} // namespace fovea::tile_to_loops
