//===- CompressGradHidden.cpp - lowering attn.compress_grad_hidden --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "../Activation.h"
#include "../Compress.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace fovea;

namespace {

class HiddenGradEmitter {
public:
  HiddenGradEmitter(KernelEmission &kernel, attn::CompressGradHiddenOp op,
                    int64_t depth)
      : b(kernel.getBuilder()), tile(kernel.getWindows()), op(op),
        inputs(CompressInputs::of(op, kernel, depth)),
        dout(kernel.getView(op.getDout())), active(viewOf(kernel, op.getActive())),
        dhidden(viewOf(kernel, op.getDhidden())), dim(attn::dimOf(op.getInput())) {}

  void emit() {
    op.getPhi().getKind() == attn::PhiKind::Gated ? emitGates() : emitLayer();
  }

private:
  /// The view of a result that leaves, else null.
  static Value viewOf(const KernelEmission &kernel, Value result) {
    return kernel.leaves(result) ? kernel.getView(result) : Value();
  }

  void emitLayer() {
    attn::Activation activation = op.getPhi().getActivation();
    Value h = emitHidden(b, tile, inputs);
    if (active)
      tile.store(b, emitActivation(b, h, activation), active);
    if (!dhidden)
      return;
    int64_t hidden = op.getPhi().getHidden();
    Value rows = tile.load(b, dout);
    Value b2 = b.load(inputs.params[2], {tile.kvHead, b.index(0), b.index(0)},
                      {1, hidden, dim});
    Value zero = b.constantTile({tile.windows, hidden}, 0);
    Value back = tile::DotOp::create(b, rows, b2, zero, /*transposeRhs=*/true);
    tile.store(b, b.mulf(back, emitSlope(b, h, activation)), dhidden);
  }

  /// What a row of the windows has: its logits, and its products with dout.
  std::pair<Value, Value> emitNumbers(Value r, Value u, Value d) {
    Value y = emitRow(b, tile, inputs, r, b.index(0), dim);
    Value logits = emitLogits(b, tile, inputs, u, r, y);
    return {logits, b.reduce(tile::ReduceKind::Add, b.mulf(y, d), 1)};
  }

  /// Goes through the rows twice: for what they have in common, and for what each has.
  void emitGates() {
    Value u = emitRowParam(b, tile, inputs.params[0]);
    Value d = b.toF32(tile.load(b, dout)), block = b.index(op.getWindows().getBlock());
    Value lowest = b.constantTile({tile.windows}, -std::numeric_limits<float>::max());
    Value zero = b.constantTile({tile.windows}, 0);
    SmallVector<Value> inits{b.minusInfinity({tile.windows}), zero, zero};
    auto addRow = [&](Value r, ValueRange carried) {
      auto [logits, products] = emitNumbers(r, u, d);
      Value max = arith::MaxNumFOp::create(b, carried[0], logits);
      Value shift = arith::MaxNumFOp::create(b, max, lowest);
      Value p = math::ExpOp::create(b, b.subf(logits, shift));
      Value alpha = math::ExpOp::create(b, b.subf(carried[0], shift));
      Value sum = b.addf(b.mulf(carried[1], alpha), p);
      Value added = b.mulf(products, p);
      return SmallVector<Value>{max, sum, b.addf(b.mulf(carried[2], alpha), added)};
    };
    SmallVector<Value> all = b.emitLoop(block, /*step=*/1, inits, addRow);
    Value shift = arith::MaxNumFOp::create(b, all[0], lowest);
    Value none = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, all[1], zero);
    Value sum = b.select(none, b.constantLike(all[1], 1.0), all[1]);
    Value mean = arith::DivFOp::create(b, all[2], sum);
    b.emitLoop(block, /*step=*/1, {}, [&](Value r, ValueRange) {
      auto [logits, products] = emitNumbers(r, u, d);
      Value p = math::ExpOp::create(b, b.subf(logits, shift));
      Value gate = arith::DivFOp::create(b, p, sum);
      if (active)
        tile.storeColumn(b, gate, active, r);
      if (dhidden)
        tile.storeColumn(b, b.mulf(gate, b.subf(products, mean)), dhidden, r);
      return SmallVector<Value>();
    });
  }

  TileBuilder &b;
  const WindowTile &tile;
  attn::CompressGradHiddenOp op;
  CompressInputs inputs;
  Value dout, active, dhidden; ///< views; of results null where they do not leave
  int64_t dim;
};

struct CompressGradHiddenLowering final
    : EmitTileOpInterface::ExternalModel<CompressGradHiddenLowering,
                                         attn::CompressGradHiddenOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::CompressGradHiddenOp>(operation);
    FailureOr<tile::ScheduleAttr> schedule = kernel.getSchedule(op);
    if (failed(schedule))
      return failure();
    HiddenGradEmitter(kernel, op, schedule->getDepth()).emit();
    return success();
  }
};
} // namespace

void fovea::attachCompressGradHiddenLowering(MLIRContext &context) {
  attn::CompressGradHiddenOp::attachInterface<CompressGradHiddenLowering>(context);
}
