//===- Compress.cpp - windows of tokens to compressed rows ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// All phi share one loop over the l rows of a window; a tile's rows are windows, so
// row r of every window is one strided load. What differs is what a row adds to.
//
//===----------------------------------------------------------------------===//

#include "Compress.h"

#include "Activation.h"
#include "fovea/Tuning/Schedule.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace fovea;

Value fovea::emitRow(TileBuilder &b, const WindowTile &tile,
                     const CompressInputs &inputs, Value r, Value firstColumn,
                     int64_t columns) {
  Value y = b.toF32(tile.loadTokens(b, inputs.input, r, firstColumn, columns));
  if (!inputs.positions)
    return y;
  Value position = b.toF32(b.load(inputs.positions, {tile.kvHead, r, firstColumn},
                                  {1, 1, columns}, {}, /*rank=*/1));
  return b.addf(y, b.alongColumns(position, tile.windows));
}

Value fovea::emitWeight(TileBuilder &b, Value weights, Value kvHead, Value r,
                        Value model) {
  Value scalar = memref::LoadOp::create(b, weights, ValueRange{kvHead, r});
  if (!scalar.getType().isF32())
    scalar = arith::ExtFOp::create(b, b.getF32Type(), scalar);
  return tensor::SplatOp::create(b, TileBuilder::typeOf(model), scalar, ValueRange());
}

Value fovea::emitRowParam(TileBuilder &b, const WindowTile &tile, Value param) {
  int64_t size = cast<MemRefType>(param.getType()).getShape().back();
  Value row =
      b.toF32(b.load(param, {tile.kvHead, b.index(0)}, {1, size}, {}, /*rank=*/1));
  return b.alongColumns(row, tile.windows);
}

Value fovea::emitLogits(TileBuilder &b, const WindowTile &tile,
                        const CompressInputs &inputs, Value u, Value r, Value y) {
  Value dot = b.reduce(tile::ReduceKind::Add, b.mulf(y, u), 1);
  return b.addf(dot, emitWeight(b, inputs.params[1], tile.kvHead, r, dot));
}

namespace {

/// Emits phi for one tile of windows.
class PhiEmitter {
public:
  PhiEmitter(TileBuilder &b, const WindowTile &tile, const CompressInputs &inputs)
      : b(b), tile(tile), inputs(inputs),
        dim(cast<MemRefType>(inputs.input.getType()).getShape().back()),
        depth(inputs.depth ? inputs.depth : dim) {}

  Value emit() {
    switch (inputs.phi.getKind()) {
    case attn::PhiKind::Mean:
      return emitMean();
    case attn::PhiKind::Weighted:
      return emitSum([&](Value r, Value y) { return b.mulf(y, splatParam(0, r, y)); });
    case attn::PhiKind::Gated:
      return emitGated();
    case attn::PhiKind::Linear:
      return emitDots(dim, [&](Value r, Value column) {
        return b.load(inputs.params[0], {tile.kvHead, r, column, b.index(0)},
                      {1, 1, depth, dim});
      });
    case attn::PhiKind::Mlp:
      return emitMlp();
    }
    llvm_unreachable("every kind is covered");
  }

  /// What the activation of an mlp is of.
  Value emitHidden() {
    int64_t hidden = inputs.phi.getHidden();
    Value h = emitDots(hidden, [&](Value r, Value column) {
      return b.load(inputs.params[0],
                    {tile.kvHead, b.add(b.mul(r, dim), column), b.index(0)},
                    {1, depth, hidden});
    });
    return b.addf(h, emitRowParam(b, tile, inputs.params[1]));
  }

private:
  using Carried = SmallVector<Value>;

  /// A loop of `count` steps.
  Carried forSteps(int64_t count, ValueRange inits,
                   function_ref<Carried(Value step, ValueRange carried)> body) {
    return b.emitLoop(b.index(count), /*step=*/1, inits, body);
  }

  /// The loop over the rows of a window.
  Carried forRows(ValueRange inits,
                  function_ref<Carried(Value r, Value y, ValueRange carried)> body) {
    return forSteps(inputs.windows.getBlock(), inits, [&](Value r, ValueRange carried) {
      return body(r, emitRow(b, tile, inputs, r, b.index(0), dim), carried);
    });
  }

  /// Scalar parameter i at [kvHead, r], in every element of a tile like `model`.
  Value splatParam(unsigned i, Value r, Value model) {
    return emitWeight(b, inputs.params[i], tile.kvHead, r, model);
  }

  Value emitSum(function_ref<Value(Value r, Value y)> term) {
    Value zero = b.constantTile({tile.windows, dim}, 0);
    return forRows(zero, [&](Value r, Value y, ValueRange carried) {
      return Carried{b.addf(carried[0], term(r, y))};
    })[0];
  }

  Value emitMean() {
    Value sum = emitSum([](Value, Value y) { return y; });
    return b.mulf(sum, b.constantLike(sum, 1.0 / inputs.windows.getBlock()));
  }

  /// Softmax over the window's rows, online. A row whose logit is -inf weighs nothing;
  /// where all are, so does the window, and its compressed row is 0.
  Value emitGated() {
    Value u = emitRowParam(b, tile, inputs.params[0]);
    Value lowest = b.constantTile({tile.windows}, -std::numeric_limits<float>::max());
    Carried inits{b.constantTile({tile.windows, dim}, 0),
                  b.minusInfinity({tile.windows}), b.constantTile({tile.windows}, 0)};
    Carried result = forRows(inits, [&](Value r, Value y, ValueRange carried) {
      Value logit = emitLogits(b, tile, inputs, u, r, y);
      Value max = arith::MaxNumFOp::create(b, carried[1], logit);
      Value shift = arith::MaxNumFOp::create(b, max, lowest);
      Value p = math::ExpOp::create(b, b.subf(logit, shift));
      Value alpha = math::ExpOp::create(b, b.subf(carried[1], shift));
      Value sum = b.addf(b.mulf(carried[2], alpha), p);
      Value added = b.mulf(y, b.alongRows(p, dim));
      Value acc = b.addf(b.mulf(carried[0], b.alongRows(alpha, dim)), added);
      return Carried{acc, max, sum};
    });
    Value none = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, result[2],
                                       b.constantLike(result[2], 0.0));
    Value sum = b.select(none, b.constantLike(result[2], 1.0), result[2]);
    return arith::DivFOp::create(b, result[0], b.alongRows(sum, dim));
  }

  /// sum_r y_r * M_r in products of `depth` columns of y; `matrix` loads M_r's rows
  /// [depth, columns] from `column` of y on.
  Value emitDots(int64_t columns, function_ref<Value(Value r, Value column)> matrix) {
    Value zero = b.constantTile({tile.windows, columns}, 0);
    int64_t parts = dim / depth;
    return forSteps(
        inputs.windows.getBlock() * parts, zero, [&](Value step, ValueRange carried) {
          Value r = step, column = b.index(0);
          if (parts > 1) {
            r = arith::DivUIOp::create(b, step, b.index(parts));
            Value part = arith::RemUIOp::create(b, step, b.index(parts));
            column = arith::MulIOp::create(b, part, b.index(depth));
          }
          Value y = emitRow(b, tile, inputs, r, column, depth);
          return Carried{tile::DotOp::create(b, y, matrix(r, column), carried[0],
                                             /*transposeRhs=*/false)};
        })[0];
  }

  Value emitMlp() {
    int64_t hidden = inputs.phi.getHidden();
    Value activated = emitActivation(b, emitHidden(), inputs.phi.getActivation());
    Value b2 = b.load(inputs.params[2], {tile.kvHead, b.index(0), b.index(0)},
                      {1, hidden, dim});
    return tile::DotOp::create(b, activated, b2,
                               emitRowParam(b, tile, inputs.params[3]),
                               /*transposeRhs=*/false);
  }

  TileBuilder &b;
  const WindowTile &tile;
  const CompressInputs &inputs;
  int64_t dim;
  int64_t depth; ///< of a product
};

} // namespace

Value fovea::emitCompress(TileBuilder &b, const WindowTile &tile,
                          const CompressInputs &inputs) {
  return PhiEmitter(b, tile, inputs).emit();
}

Value fovea::emitHidden(TileBuilder &b, const WindowTile &tile,
                        const CompressInputs &inputs) {
  return PhiEmitter(b, tile, inputs).emitHidden();
}
