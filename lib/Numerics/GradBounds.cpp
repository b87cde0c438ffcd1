//===- GradBounds.cpp - how exact gradients of attention can be -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// dS = P (dP - delta) is a small number of two that may be large and alike: its error
// is that of P against what is left of the difference, and that of the difference,
// which knows nothing of what cancels, against P.
//
//===----------------------------------------------------------------------===//

#include "GradModels.h"

#include "fovea/Reference/Attend.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace fovea;
using llvm::ArrayRef;
using reference::Array;

static double getMagnitude(ArrayRef<double> x, ArrayRef<double> y) {
  double sum = 0;
  for (size_t d = 0; d < x.size(); ++d)
    sum += std::fabs(x[d] * y[d]);
  return sum;
}

/// The error of element (i, j) of `value`, 0 if it is exact.
static double getError(const ErrorBounds &bounds, mlir::Value value, int64_t i,
                       int64_t j) {
  const ErrorBound *bound = bounds.lookup(value);
  return bound ? bound->error.at(i, j) : 0;
}

void fovea::deriveBounds(attn::AttendDeltaOp op, ErrorBounds &bounds) {
  const Array &dout = bounds.get(op.getDout()), &out = bounds.get(op.getOut());
  bounds.start(op.getDelta());
  for (int64_t t = 0; t < dout.dim(0); ++t)
    for (int64_t h = 0; h < dout.dim(1); ++h) {
      if (!bounds.includes(t))
        continue;
      BoundedScore sum = getBoundedScore(
          dout.slice(t, h), bounds.getErrors(op.getDout(), t, h), out.slice(t, h),
          bounds.getErrors(op.getOut(), t, h), /*scale=*/1);
      double dlse = op.getDlse() ? bounds.get(op.getDlse()).at(t, h) : 0;
      double dlseError = op.getDlse() ? getError(bounds, op.getDlse(), t, h) : 0;
      BoundedRow delta(1);
      delta.value[0] = sum.score - dlse;
      delta.magnitude[0] =
          getMagnitude(dout.slice(t, h), out.slice(t, h)) + std::fabs(dlse);
      delta.error[0] = sum.error + dlseError + f32Roundoff * delta.magnitude[0];
      bounds.bindRow(op.getDelta(), t, h, delta, /*mayStayWide=*/false);
    }
}

namespace {
/// dS of one pair.
struct BoundedGrad {
  double value, error, magnitude;
};
} // namespace

static BoundedGrad boundScoreGrad(attn::AttendGradQOp op, const ErrorBounds &bounds,
                                  int64_t token, int64_t head, int64_t row, int64_t g) {
  const Array &query = bounds.get(op.getQ()), &key = bounds.get(op.getK()),
              &value = bounds.get(op.getV()), &dout = bounds.get(op.getDout());
  double lse = bounds.get(op.getLse()).at(token, head);
  double delta = bounds.get(op.getDelta()).at(token, head);
  double lseError =
      getError(bounds, op.getLse(), token, head) + 4 * f32Roundoff * std::fabs(lse);
  BoundedScore score = getBoundedScore(
      query.slice(token, head), bounds.getErrors(op.getQ(), token, head),
      key.slice(row, g), bounds.getErrors(op.getK(), row, g), op.getScaleOrDefault());
  double p = std::exp(score.score - lse);
  double pError = std::exp(score.score - lse + score.error + lseError) - p +
                  getSumRoundoff(1) * p + f32Smallest;
  BoundedScore dp = getBoundedScore(
      dout.slice(token, head), bounds.getErrors(op.getDout(), token, head),
      value.slice(row, g), bounds.getErrors(op.getV(), row, g), /*scale=*/1);
  double size =
      getMagnitude(dout.slice(token, head), value.slice(row, g)) + std::fabs(delta);
  double left = dp.score - delta;
  double leftError = dp.error + getError(bounds, op.getDelta(), token, head) +
                     f32Roundoff * (std::fabs(dp.score) + std::fabs(delta));
  double error = pError * (std::fabs(left) + leftError) + p * leftError;
  return {p * left, std::isnan(error) ? kInfinity : error, p * size};
}

void fovea::deriveBounds(attn::AttendGradQOp op, ErrorBounds &bounds) {
  const Array &query = bounds.get(op.getQ()), &key = bounds.get(op.getK());
  reference::Sequences sequences{
      reference::toIndices(bounds.get(op.getCuSeqlens())).data};
  std::optional<reference::IndexArray> indices;
  if (op.getIndices())
    indices = reference::toIndices(bounds.get(op.getIndices()));
  bounds.start(op.getDq());
  double scale = op.getScaleOrDefault(), operand = bounds.getOperandRoundoff(op.getK());
  int64_t group = query.dim(1) / key.dim(1);

  auto bindQuery = [&](const reference::VisibleKeys &keys, int64_t head) {
    BoundedRow dq(query.dim(2));
    // Rounded as an operand, summed, and scaled.
    double relative = operand + getSumRoundoff(keys.rows.size()) + 2 * f32Roundoff;
    for (int64_t row : keys.rows) {
      BoundedGrad ds = boundScoreGrad(op, bounds, keys.token, head, row, keys.kvHead);
      dq.addScaled(scale * ds.value,
                   scale * (ds.error + relative * std::fabs(ds.value) + f32Smallest),
                   bounds.getRow(op.getK(), row, keys.kvHead), scale * ds.magnitude);
    }
    bounds.bindRow(op.getDq(), keys.token, head, dq, /*mayStayWide=*/false);
  };
  reference::ComputeOptions computeOptions;
  computeOptions.tokens = bounds.getTokens();
  reference::visitQueries(reference::makeKeySet(op.getKeys()), sequences, key.dim(1),
                          indices ? &*indices : nullptr, computeOptions,
                          [&](const reference::VisibleKeys &keys) {
                            if (keys.rows.empty())
                              return; // exactly 0
                            for (int64_t i = 0; i < group; ++i)
                              bindQuery(keys, keys.kvHead * group + i);
                          });
}
