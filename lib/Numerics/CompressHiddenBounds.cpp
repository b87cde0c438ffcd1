//===- CompressHiddenBounds.cpp - how exact phi's hidden layer can be -----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CompressGradBounds.h"

using namespace fovea;
using llvm::Error;
using reference::Array;

/// What the slope of an activation may be off by where its argument is, by `error`:
/// none bends more than gelu, and a relu's has a corner.
static double boundSlope(reference::Activation activation, double x, double error) {
  constexpr double kMostBent = 0.8;
  if (activation == reference::Activation::Relu)
    return std::fabs(x) <= error ? 1 : 0;
  return kMostBent * error + 20 * f32Roundoff;
}

/// The gradient of what the activation is of, `hidden`, from a window's row of dout.
static BoundedRow boundHiddenGrad(attn::CompressGradHiddenOp op,
                                  const ErrorBounds &bounds, const BoundedRow &hidden,
                                  RowView d, int64_t g) {
  auto activation =
      reference::getCompressOptions(op.getWindows(), op.getPhi()).activation;
  BoundedRow grad(hidden.value.size());
  for (size_t k = 0; k < hidden.value.size(); ++k) {
    llvm::ArrayRef<double> row = bounds.get(op.getParams()[2]).slice(g, k);
    BoundedScore back = getBoundedScore(row, {}, d.value, d.error, /*scale=*/1);
    double slope = reference::differentiate(activation, hidden.value[k]);
    double slopeError = boundSlope(activation, hidden.value[k], hidden.error[k]);
    grad.value[k] = slope * back.score;
    grad.magnitude[k] = (std::fabs(slope) + slopeError) * getMagnitude(row, d.value);
    grad.error[k] = slopeError * (std::fabs(back.score) + back.error) +
                    std::fabs(slope) * back.error +
                    2 * f32Roundoff * std::fabs(grad.value[k]) + f32Smallest;
  }
  return grad;
}

namespace {
/// What is known of the hidden layer of one window, and of its gradient.
struct BoundedHidden {
  BoundedRow active, grad;
};
} // namespace

static BoundedHidden boundLayer(attn::CompressGradHiddenOp op,
                                const ErrorBounds &bounds,
                                const reference::CompressOperands &operands,
                                const BoundedWindow &window, RowView d, int64_t g) {
  auto activation =
      reference::getCompressOptions(op.getWindows(), op.getPhi()).activation;
  BoundedRow hidden = boundHidden(window, operands, g);
  return {boundActivation(hidden, activation),
          boundHiddenGrad(op, bounds, hidden, d, g)};
}

/// The gates are what they weigh units with; the mean of the rows' products with dout
/// is under them, too.
static BoundedHidden boundGateGrads(const reference::CompressOperands &operands,
                                    const BoundedWindow &window, RowView d, int64_t g) {
  size_t size = window.size();
  SoftmaxBound softmax = boundGates(window, operands, g);
  std::vector<std::vector<double>> units(size, std::vector<double>(size));
  std::vector<BoundedRow> products(size, BoundedRow(1));
  for (size_t r = 0; r < size; ++r) {
    units[r][r] = 1;
    RowView y = window.row(r);
    BoundedScore product =
        getBoundedScore(y.value, y.error, d.value, d.error, /*scale=*/1);
    products[r].value[0] = product.score;
    products[r].error[0] = product.error;
    products[r].magnitude[0] = getMagnitude(y.value, d.value);
  }
  BoundedRow gates = softmax.sumValues(
      size, [&](size_t r) { return RowView{units[r], {}, {}}; }, /*operandRoundoff=*/0);
  BoundedRow mean = softmax.sumValues(
      1, [&](size_t r) { return RowView(products[r]); }, /*operandRoundoff=*/0);
  BoundedRow grad(size);
  for (size_t r = 0; r < size; ++r) {
    double left = products[r].value[0] - mean.value[0];
    double sizes = std::fabs(products[r].value[0]) + std::fabs(mean.value[0]);
    double leftError = products[r].error[0] + mean.error[0] + f32Roundoff * sizes;
    double gate = gates.value[r], gateError = gates.error[r] + 4 * f32Roundoff * gate;
    grad.value[r] = gate * left;
    grad.magnitude[r] = gate * (products[r].magnitude[0] + mean.magnitude[0]);
    grad.error[r] = gateError * (std::fabs(left) + leftError) + gate * leftError +
                    2 * f32Roundoff * std::fabs(grad.value[r]) + f32Smallest;
  }
  return {gates, grad};
}

Error fovea::deriveBounds(attn::CompressGradHiddenOp op, ErrorBounds &bounds) {
  if (Error error = verifyExact(bounds, op.getParams()))
    return error;
  const Array &input = bounds.get(op.getInput());
  reference::CompressOperands operands{input};
  for (mlir::Value param : op.getParams())
    operands.weights.push_back(&bounds.get(param));
  bounds.start(op.getActive());
  bounds.start(op.getDhidden());
  int64_t block = op.getWindows().getBlock();
  bool isGated = op.getPhi().getKind() == attn::PhiKind::Gated;
  forWindows(op, bounds, [&](int64_t firstToken, int64_t row) {
    for (int64_t g = 0; g < input.dim(1); ++g) {
      BoundedWindow window({block, input.dim(2)});
      for (int64_t r = 0; r < block; ++r)
        window.set(r, boundRow(op, bounds, firstToken + r, g, r));
      RowView d = bounds.getRow(op.getDout(), row, g);
      auto [active, grad] = isGated ? boundGateGrads(operands, window, d, g)
                                    : boundLayer(op, bounds, operands, window, d, g);
      bounds.bind(op.getActive(), {row, g}, active);
      bounds.bind(op.getDhidden(), {row, g}, grad);
    }
  });
  return Error::success();
}
