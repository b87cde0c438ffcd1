//===- PhiBound.cpp - how exact a compressed row can be -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Numerics/ErrorBounds.h"

#include "llvm/Support/ErrorHandling.h"

#include <cmath>

using namespace fovea;
using llvm::ArrayRef;
using reference::Phi;

/// No activation is steeper; gelu's slope reaches 1.13.
static constexpr double steepest = 1.13;

/// Adds what rounding does to a sum of `terms` products of that magnitude.
static void addSumRoundoff(BoundedRow &row, size_t terms) {
  for (size_t d = 0; d < row.value.size(); ++d)
    row.error[d] += getSumRoundoff(terms) * row.magnitude[d] + f32Smallest;
}

/// sum_r weights[r] * rows[r].
static BoundedRow sumRows(ArrayRef<double> weights, const BoundedWindow &window) {
  BoundedRow result(window.width());
  for (size_t r = 0; r < weights.size(); ++r)
    result.addScaled(weights[r], 0, window.row(r));
  addSumRoundoff(result, weights.size());
  return result;
}

/// matrix^T x + bias for a row-major matrix [size of x, width].
static BoundedRow multiply(ArrayRef<double> matrix, RowView x, ArrayRef<double> bias,
                           size_t width) {
  BoundedRow result(width);
  if (!bias.empty())
    result.addScaled(1, 0, {bias, {}, {}});
  for (size_t i = 0; i < x.value.size(); ++i)
    result.addScaled(x.value[i], x.error[i], {matrix.slice(i * width, width), {}, {}},
                     x.magnitude[i]);
  addSumRoundoff(result, x.value.size() + 1);
  return result;
}

static BoundedRow boundGated(const BoundedWindow &window, ArrayRef<double> u,
                             ArrayRef<double> c, double operandRoundoff) {
  SoftmaxBound softmax;
  for (int64_t r = 0; r < window.size(); ++r) {
    RowView row = window.row(r);
    auto [score, error] = getBoundedScore(u, {}, row.value, row.error, /*scale=*/1);
    softmax.add(score + c[r], error + 8 * f32Roundoff * std::fabs(c[r]));
  }
  softmax.finish();
  return softmax.sumValues(
      window.width(), [&](size_t r) { return window.row(r); }, operandRoundoff);
}

static BoundedRow boundMlp(const BoundedWindow &window,
                           const reference::CompressOperands &operands,
                           const reference::CompressOptions &options, int64_t head,
                           double operandRoundoff) {
  const auto &weights = operands.weights;
  ArrayRef<double> b1 = weights[1]->slice(head), b2 = weights[3]->slice(head);
  BoundedRow hidden = multiply(weights[0]->slice(head), window.flat(), b1, b1.size());
  for (size_t h = 0; h < b1.size(); ++h) {
    double x = hidden.value[h];
    hidden.value[h] = reference::activate(options.activation, x);
    hidden.error[h] = steepest * hidden.error[h] + 16 * f32Roundoff * std::fabs(x) +
                      operandRoundoff * std::fabs(hidden.value[h]);
  }
  // No activation is larger than what it is of, so its terms' magnitude stays.
  return multiply(weights[2]->slice(head), hidden, b2, b2.size());
}

BoundedRow fovea::boundPhi(const BoundedWindow &window,
                           const reference::CompressOperands &operands,
                           const reference::CompressOptions &options, int64_t head,
                           double operandRoundoff) {
  const auto &weights = operands.weights;
  int64_t block = options.block;
  switch (options.phi) {
  case Phi::Mean:
    return sumRows(std::vector<double>(block, 1.0 / block), window);
  case Phi::Weighted:
    return sumRows(weights[0]->slice(head), window);
  case Phi::Gated:
    return boundGated(window, weights[0]->slice(head), weights[1]->slice(head),
                      operandRoundoff);
  case Phi::Linear:
    return multiply(weights[0]->slice(head), window.flat(), {}, window.width());
  case Phi::Mlp:
    return boundMlp(window, operands, options, head, operandRoundoff);
  }
  llvm_unreachable("unknown phi");
}
