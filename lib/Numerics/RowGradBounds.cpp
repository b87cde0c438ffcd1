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

void fovea::deriveBounds(attn::CombineGradGatesOp op, ErrorBounds &bounds) {
  const Array &gates = bounds.get(op.getGates()), &dout = bounds.get(op.getDout());
  bounds.start(op.getDgates());
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
  for (int64_t t = 0; t < gates.dim(0); ++t)
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
        sum.error[d] += f32Roundoff * (op.getParts().size() - 1) * sum.magnitude[d];
      bounds.bindRow(op.getOut(), t, h, sum, /*mayStayWide=*/false);
    }
  return llvm::Error::success();
}
