//===- Gradient.cpp - the gradient of a mean over keys --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/Transforms/Gradient.h"
#include "KeyMean.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::test;

/// A region of scores that are all 0, whatever queries and keys are.
static void fillWithZeros(OpBuilder &b, Location loc, Region &region) {
  OpBuilder::InsertionGuard guard(b);
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  b.createBlock(&region, {}, {f32, i32, i32, i32}, {loc, loc, loc, loc});
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  attn::ScoreOp::create(b, loc, zero);
}

namespace {
template <typename OpT>
struct Gradient final : attn::GradientOpInterface::ExternalModel<Gradient<OpT>, OpT> {
  bool hasGradient(Operation *, unsigned operand) const { return operand == 0; }

  /// The mean is an attention over the same keys whose scores are all 0, and so is its
  /// gradient: `dv[u] = sum_t dout[t] / n_t`.
  LogicalResult buildGradients(Operation *operation,
                               attn::GradientBuilder &gradients) const {
    auto op = cast<OpT>(operation);
    OpBuilder &b = gradients.getBuilder();
    Location loc = op.getLoc();
    Value v = gradients.get(op.getV()), ends = gradients.get(op.getCuSeqlens());
    Value dout = gradients.getGradient(op.getOut());
    auto type = cast<RankedTensorType>(v.getType());
    Type stat = RankedTensorType::get(type.getShape().drop_back(), b.getF32Type());
    auto mean = attn::AttendOp::create(
        b, loc, type, stat, v, v, v, ends, /*indices=*/Value(), /*sinks=*/Value(),
        /*learned=*/ValueRange(), op.getKeys(), /*scale=*/FloatAttr());
    fillWithZeros(b, loc, mean.getScoreRegion());
    Value delta = attn::AttendDeltaOp::create(b, loc, stat, dout, mean.getOut(),
                                              /*dlse=*/Value());
    auto grad = attn::AttendGradKVOp::create(
        b, loc, TypeRange{type, gradients.getType(0)}, v, v, v, ends, dout,
        mean.getLse(), delta, /*bounds=*/Value(), /*entries=*/Value(),
        /*learned=*/ValueRange(), op.getKeys(), /*scale=*/FloatAttr());
    fillWithZeros(b, loc, grad.getScoreRegion());
    gradients.add(0, grad.getDv());
    return success();
  }
};

template <typename... OpTs> void attach(MLIRContext &context) {
  (OpTs::template attachInterface<Gradient<OpTs>>(context), ...);
}
} // namespace

void test::attachGradients(MLIRContext &context) {
  attach<KeyMeanOp, NoLoweringOp, NoScheduleOp, NoWorkOp, NoReferenceOp, NoNumericsOp>(
      context);
}
