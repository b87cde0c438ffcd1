//===- CompressGradParams.cpp - lowering attn.compress_grad_params --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A program sums over all windows what one row of theirs gives its weight and its
// position. The position's gradient is the weight times the sum of dout: where rows
// weigh the same, as in a mean, one sum is that of all rows.
//
//===----------------------------------------------------------------------===//

#include "../Compress.h"
#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

using namespace mlir;
using namespace fovea;

namespace {

class ParamGradEmitter {
public:
  ParamGradEmitter(KernelEmission &kernel, attn::CompressGradParamsOp op)
      : b(kernel.getBuilder()), kernel(kernel), sums(kernel.getHeads()), op(op),
        dim(attn::dimOf(op.getInput())),
        isMean(op.getPhi().getKind() == attn::PhiKind::Mean) {
    inputs.input = kernel.getView(op.getInput());
    if (op.getPositions())
      inputs.positions = kernel.getView(op.getPositions());
    if (!isMean)
      dweights = viewOf(op.getGrads().front());
    if (op.getPositions())
      dpositions = viewOf(op.getGrads().back());
  }

  void emit() {
    if (dweights)
      HeadTile::storeTotal(b, sumProducts(), dweights, {sums.head, sums.part});
    if (dpositions)
      storePositions(sumRows());
  }

private:
  /// The view of a gradient that leaves, else null.
  Value viewOf(Value gradient) {
    return kernel.leaves(gradient) ? kernel.getView(gradient) : Value();
  }

  /// The sum of what `term` gives for some windows, from `zero` on, over all of them.
  Value sumWindows(Value zero, function_ref<Value(const WindowTile &)> term) {
    attn::CompressedAttr windows = op.getWindows();
    auto addSequence = [&](const Place &place, ValueRange carried) {
      Value count = cast<attn::KeySetInterface>(windows).emitNumKeys(b, place.keys);
      auto addTile = [&](Value number, ValueRange added) {
        Value first = b.mul(number, sums.tokens * windows.getStride());
        auto tile = WindowTile::at(b, sums.tokens, windows, place, first, sums.head);
        return SmallVector<Value>{b.addf(added[0], term(tile))};
      };
      return b.emitLoop(b.ceilDiv(count, sums.tokens), /*step=*/1, carried, addTile);
    };
    return sums.forSequences(b, zero, addSequence)[0];
  }

  Value loadRows(const WindowTile &tile) {
    return b.toF32(tile.load(b, kernel.getView(op.getDout())));
  }

  /// Of dout's rows: a pass of its own, whose sums take registers.
  Value sumRows() {
    Value rows = sumWindows(b.constantTile({sums.tokens, dim}, 0),
                            [&](const WindowTile &tile) { return loadRows(tile); });
    return b.reduce(tile::ReduceKind::Add, rows, 0);
  }

  /// Of the products of a row of each window with its row of dout.
  Value sumProducts() {
    return sumWindows(b.constantTile({sums.tokens}, 0), [&](const WindowTile &tile) {
      Value y = emitRow(b, tile, inputs, sums.part, b.index(0), dim);
      return b.reduce(tile::ReduceKind::Add, b.mulf(y, loadRows(tile)), 1);
    });
  }

  /// Of all rows of a window, or of the program's own.
  void storePositions(Value sum) {
    auto store = [&](Value gradient, Value r) {
      b.store(gradient, dpositions, {sums.head, r, b.index(0)}, {1, 1, dim});
    };
    int64_t block = op.getWindows().getBlock();
    if (!isMean) {
      Value weights = kernel.getView(op.getParams()[0]);
      Value weight = emitWeight(b, weights, sums.head, sums.part, sum);
      return store(b.mulf(sum, weight), sums.part);
    }
    Value mean = b.mulf(sum, b.constantLike(sum, 1.0 / block));
    b.emitLoop(b.index(block), /*step=*/1, {}, [&](Value r, ValueRange) {
      store(mean, r);
      return SmallVector<Value>();
    });
  }

  TileBuilder &b;
  KernelEmission &kernel;
  const HeadTile &sums;
  attn::CompressGradParamsOp op;
  int64_t dim;
  bool isMean;
  CompressInputs inputs;
  Value dweights, dpositions; ///< views, or null
};

struct CompressGradParamsLowering final
    : EmitTileOpInterface::ExternalModel<CompressGradParamsLowering,
                                         attn::CompressGradParamsOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    ParamGradEmitter(kernel, cast<attn::CompressGradParamsOp>(operation)).emit();
    return success();
  }
};
} // namespace

void fovea::attachCompressGradParamsLowering(MLIRContext &context) {
  attn::CompressGradParamsOp::attachInterface<CompressGradParamsLowering>(context);
}
