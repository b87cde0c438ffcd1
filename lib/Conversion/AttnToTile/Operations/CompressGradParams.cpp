//===- CompressGradParams.cpp - lowering attn.compress_grad_params --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A program sums over all windows what one row of theirs gives its weights and its
// position. The position's gradient is the weight times the sum of dout: where rows
// weigh the same, as in a mean, one sum is that of all rows.
//
//===----------------------------------------------------------------------===//

#include "../Compress.h"
#include "../WindowSums.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

using namespace mlir;
using namespace fovea;

namespace {

class ParamGradEmitter {
public:
  ParamGradEmitter(KernelEmission &kernel, attn::CompressGradParamsOp op, int64_t depth)
      : b(kernel.getBuilder()), kernel(kernel), head(kernel.getHeads().head),
        r(kernel.getHeads().part), op(op), dim(attn::dimOf(op.getInput())),
        depth(depth ? depth : dim), sums(b, kernel.getHeads(), op.getWindows()) {
    inputs.input = kernel.getView(op.getInput());
    if (op.getPositions())
      inputs.positions = kernel.getView(op.getPositions());
  }

  void emit() {
    Value dpositions = op.getPositions() ? viewOf(op.getGrads().back()) : Value();
    switch (op.getPhi().getKind()) {
    case attn::PhiKind::Mean:
      return emitMean(dpositions);
    case attn::PhiKind::Weighted:
      return emitWeighted(dpositions);
    case attn::PhiKind::Linear:
      return emitLinear(dpositions);
    case attn::PhiKind::Gated:
    case attn::PhiKind::Mlp:
      break;
    }
    llvm_unreachable("such schedules are refused");
  }

private:
  /// The view of a gradient that leaves, else null.
  Value viewOf(Value gradient) {
    return kernel.leaves(gradient) ? kernel.getView(gradient) : Value();
  }

  Value sumDout() { return sums.sumRows(kernel.getView(op.getDout())); }

  void storePosition(Value gradient, Value view, Value row) {
    b.store(gradient, view, {head, row, b.index(0)}, {1, 1, dim});
  }

  /// All positions get the same.
  void emitMean(Value dpositions) {
    int64_t block = op.getWindows().getBlock();
    Value sum = sumDout();
    Value mean = b.mulf(sum, b.constantLike(sum, 1.0 / block));
    b.emitLoop(b.index(block), /*step=*/1, {}, [&](Value row, ValueRange) {
      storePosition(mean, dpositions, row);
      return SmallVector<Value>();
    });
  }

  void emitWeighted(Value dpositions) {
    if (Value dweights = viewOf(op.getGrads().front()))
      HeadTile::storeTotal(b, sumRowProducts(), dweights, {head, r});
    if (!dpositions)
      return;
    Value sum = sumDout();
    Value weight = emitWeight(b, kernel.getView(op.getParams()[0]), head, r, sum);
    storePosition(b.mulf(sum, weight), dpositions, r);
  }

  /// Of the products of a row of each window with its row of dout.
  Value sumRowProducts() {
    Value zero = b.constantTile({kernel.getHeads().tokens}, 0);
    return sums.sum(zero, [&](const WindowTile &tile, Value sum) {
      Value y = emitRow(b, tile, inputs, r, b.index(0), dim);
      Value d = b.toF32(tile.load(b, kernel.getView(op.getDout())));
      return b.addf(sum, b.reduce(tile::ReduceKind::Add, b.mulf(y, d), 1));
    });
  }

  //===--------------------------------------------------------------------===//
  // Matrices
  //===--------------------------------------------------------------------===//

  /// Goes through the rows of a matrix, `depth` at a time.
  void forRows(function_ref<void(Value first)> body) {
    b.emitLoop(b.index(dim / depth), /*step=*/1, {}, [&](Value step, ValueRange) {
      body(b.mul(step, depth));
      return SmallVector<Value>();
    });
  }

  void emitLinear(Value dpositions) {
    Value matrices = kernel.getView(op.getParams()[0]),
          right = kernel.getView(op.getDout());
    if (Value dmatrices = viewOf(op.getGrads().front()))
      forRows([&](Value first) {
        Value products = sums.sumProducts(
            depth, dim,
            [&](const WindowTile &tile) { return loadColumns(tile, first); }, right);
        b.store(products, dmatrices, {head, r, first, b.index(0)}, {1, 1, depth, dim});
      });
    if (!dpositions)
      return;
    Value sum = sumDout();
    forRows([&](Value first) {
      Value rows =
          b.toF32(b.load(matrices, {head, r, first, b.index(0)}, {1, 1, depth, dim}));
      Value products = b.mulf(rows, b.alongColumns(sum, depth));
      b.store(b.reduce(tile::ReduceKind::Add, products, 1), dpositions,
              {head, r, first}, {1, 1, depth});
    });
  }

  /// Columns of the program's row of every window, one after the other, with their
  /// positions.
  Value loadColumns(const WindowTile &tile, Value first) {
    Value x = tile.loadTokensTransposed(b, inputs.input, r, first, depth);
    if (!inputs.positions)
      return x;
    Value positions = b.toF32(
        b.load(inputs.positions, {head, r, first}, {1, 1, depth}, {}, /*rank=*/1));
    Value y = b.toF32(x);
    return b.addf(y, b.alongRows(positions, tile.windows));
  }

  TileBuilder &b;
  KernelEmission &kernel;
  Value head, r; ///< the program's, and its row of windows
  attn::CompressGradParamsOp op;
  int64_t dim;
  int64_t depth; ///< rows of a matrix at a time
  WindowSums sums;
  CompressInputs inputs;
};

struct CompressGradParamsLowering final
    : EmitTileOpInterface::ExternalModel<CompressGradParamsLowering,
                                         attn::CompressGradParamsOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::CompressGradParamsOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    ParamGradEmitter(kernel, op, schedule->getDepth()).emit();
    return success();
  }
};
} // namespace

void fovea::attachCompressGradParamsLowering(MLIRContext &context) {
  attn::CompressGradParamsOp::attachInterface<CompressGradParamsLowering>(context);
}
