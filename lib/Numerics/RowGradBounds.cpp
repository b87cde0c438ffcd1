//===- RowGradBounds.cpp - how exact gradients of gates and sums can be ---===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GradModels.h"

#include <cmath>

using namespace fovea;
using llvm::ArrayRef;
using reference::Array;

/// The slope of a gate's sigmoid, or 1 where the gate is the value: `p (1 - p)`, of
/// which p is known as a gate is.
static BoundedScore boundSlope(attn::CombineGradGatesOp op, double gate, double error) {
  if (op.getMode() != attn::GateMode::Logits)
    return {1};
  double p = 1 / (1 + std::exp(-gate)), slope = p * (1 - p);
  // Neither the slope nor its own is above 1/4.
  return {slope,
          error / 4 + gateRoundoff * p + 3 * f32Roundoff * slope + 2 * f32Smallest};
}

/// What the gradient of the attention of branch `i` takes for token t and head h: `sum`
/// is that of its dout . out.
static void bindAttention(attn::CombineGradGatesOp op, ErrorBounds &bounds, size_t i,
                          int64_t t, int64_t h, BoundedScore sum, double magnitude) {
  BoundedRow delta(1), gated(1);
  delta.value[0] = sum.score;
  delta.magnitude[0] = magnitude;
  delta.error[0] = sum.error;
  bounds.bindRow(op.getDeltas()[i], t, h, delta, /*mayStayWide=*/false);
  double lse = bounds.get(op.getLses()[i]).at(t, h);
  double value = bounds.get(op.getGated()[i]).at(t, h);
  ArrayRef<double> gateErrors = bounds.getErrors(op.getGates(), t, h);
  gated.value[0] = value;
  if (std::isfinite(value)) { // else exactly so
    gated.magnitude[0] = std::fabs(lse) + std::fabs(value - lse);
    // ln p changes by at most as much as the gate does; a logarithm's error is one of
    // 1, which its argument is at least.
    gated.error[0] = getError(bounds, op.getLses()[i], t, h) +
                     (gateErrors.empty() ? 0 : gateErrors[op.getGateColumn(i)]) +
                     gateRoundoff + 4 * f32Roundoff * gated.magnitude[0];
  }
  bounds.bindRow(op.getGated()[i], t, h, gated, /*mayStayWide=*/false);
}

void fovea::deriveBounds(attn::CombineGradGatesOp op, ErrorBounds &bounds) {
  const Array &gates = bounds.get(op.getGates()), &dout = bounds.get(op.getDout());
  for (mlir::Value result : op.getResults())
    bounds.start(result);
  auto bindRow = [&](int64_t t, int64_t h) {
    BoundedRow grads(gates.dim(2));
    ArrayRef<double> gateErrors = bounds.getErrors(op.getGates(), t, h);
    for (auto [i, branch] : llvm::enumerate(op.getBranches())) {
      size_t column = op.getGateColumn(i);
      RowView row = bounds.getRow(branch, t, h);
      BoundedScore sum =
          getBoundedScore(dout.slice(t, h), bounds.getErrors(op.getDout(), t, h),
                          row.value, row.error, /*scale=*/1);
      double magnitude = getMagnitude(dout.slice(t, h), row.value);
      if (!op.getLses().empty())
        bindAttention(op, bounds, i, t, h, sum, magnitude);
      BoundedScore slope = boundSlope(op, gates.at(t, h, column),
                                      gateErrors.empty() ? 0 : gateErrors[column]);
      grads.value[column] += slope.score * sum.score;
      grads.magnitude[column] += slope.score * magnitude;
      // The product, and the sum of a column's branches.
      grads.error[column] += slope.error * (std::fabs(sum.score) + sum.error) +
                             slope.score * sum.error +
                             2 * f32Roundoff * slope.score * magnitude + f32Smallest;
    }
    bounds.bindRow(op.getDgates(), t, h, grads, /*mayStayWide=*/false);
  };
  int64_t owned = gates.dim(0); // the others are exactly 0
  if (op.getCuSeqlens())
    owned = bounds.getSequences(op.getCuSeqlens()).numQueryRows();
  for (int64_t t = 0; t < owned; ++t)
    for (int64_t h = 0; h < gates.dim(1) && bounds.includes(t); ++h)
      bindRow(t, h);
}

llvm::Error fovea::deriveBounds(attn::SumOp op, ErrorBounds &bounds) {
  const Array &first = bounds.get(op.getParts().front());
  if (first.shape.size() != 3)
    return llvm::createStringError("attn.sum: expected bounds of its errors, got none: "
                                   "no device adds up other than rows [T, H, D]");
  bounds.start(op.getOut());
  for (int64_t t = 0; t < first.dim(0); ++t)
    for (int64_t h = 0; h < first.dim(1) && bounds.includes(t); ++h) {
      BoundedRow sum(first.dim(2));
      for (mlir::Value part : op.getParts())
        sum.addScaled(1, 0, bounds.getRow(part, t, h));
      for (size_t d = 0; d < sum.error.size(); ++d)
        sum.error[d] += f32Roundoff * (op.getParts().size() - 1) * sum.magnitude[d] +
                        bounds.boundPartialSums(op.getOut(), op.getParts().size(),
                                                sum.magnitude[d] + sum.error[d]);
      bounds.bindRow(op.getOut(), t, h, sum, /*mayStayWide=*/false);
    }
  return llvm::Error::success();
}

namespace {
/// A term of a sum over tokens.
struct BoundedTerm {
  double value, error, magnitude;
};
} // namespace

/// Binds the sum of each head of `sums` over the tokens of all sequences.
static void bindSums(mlir::Value sums, mlir::Value cuSeqlens, ErrorBounds &bounds,
                     llvm::function_ref<BoundedTerm(int64_t, int64_t)> term) {
  bounds.start(sums);
  int64_t tokens = bounds.getSequences(cuSeqlens).numQueryRows();
  for (int64_t h = 0; tokens && h < bounds.get(sums).dim(0); ++h) {
    BoundedRow sum(1);
    for (int64_t t = 0; t < tokens; ++t) {
      auto [value, error, magnitude] = term(t, h);
      sum.value[0] += value;
      sum.error[0] += error;
      sum.magnitude[0] += magnitude;
    }
    sum.error[0] += getSumRoundoff(tokens) * sum.magnitude[0];
    bounds.bind(sums, {h}, sum);
  }
}

void fovea::deriveBounds(attn::SumTokensOp op, ErrorBounds &bounds) {
  const Array &rows = bounds.get(op.getRows());
  bindSums(op.getSums(), op.getCuSeqlens(), bounds, [&](int64_t t, int64_t h) {
    double value = rows.at(t, h);
    return BoundedTerm{value, getError(bounds, op.getRows(), t, h), std::fabs(value)};
  });
}

void fovea::deriveBounds(attn::AttendGradSinksOp op, ErrorBounds &bounds) {
  const Array &sinks = bounds.get(op.getSinks()), &lse = bounds.get(op.getLse());
  const Array &delta = bounds.get(op.getDelta());
  auto boundTerm = [&](int64_t t, int64_t h) -> BoundedTerm {
    if (std::isinf(lse.at(t, h)) && lse.at(t, h) < 0)
      return {0, 0, 0};
    double distance = sinks.at(h) - lse.at(t, h), p = std::exp(distance);
    double sizes = std::fabs(sinks.at(h)) + std::fabs(lse.at(t, h));
    double distanceError =
        getError(bounds, op.getLse(), t, h) + 4 * f32Roundoff * sizes;
    double pError = p * std::expm1(distanceError) + getSumRoundoff(1) * p + f32Smallest;
    double d = std::fabs(delta.at(t, h)),
           dError = getError(bounds, op.getDelta(), t, h);
    return {-p * delta.at(t, h), pError * (d + dError) + p * dError + f32Smallest,
            p * d};
  };
  bindSums(op.getDsinks(), op.getCuSeqlens(), bounds, boundTerm);
}
