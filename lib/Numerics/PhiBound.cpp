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

SoftmaxBound fovea::boundGates(const BoundedWindow &window,
                               const reference::CompressOperands &operands,
                               int64_t head) {
  ArrayRef<double> u = operands.weights[0]->slice(head),
                   c = operands.weights[1]->slice(head);
  SoftmaxBound softmax;
  for (int64_t r = 0; r < window.size(); ++r) {
    RowView row = window.row(r);
    auto [score, error] = getBoundedScore(u, {}, row.value, row.error, /*scale=*/1);
    softmax.add(score + c[r], error + 8 * f32Roundoff * std::fabs(c[r]));
  }
  softmax.finish();
  return softmax;
}

BoundedRow fovea::boundHidden(const BoundedWindow &window,
                              const reference::CompressOperands &operands,
                              int64_t head) {
  ArrayRef<double> b1 = operands.weights[1]->slice(head);
  return multiply(operands.weights[0]->slice(head), window.flat(), b1, b1.size());
}

/// No activation is larger than what it is of, so its terms' magnitude stays.
BoundedRow fovea::boundActivation(const BoundedRow &hidden,
                                  reference::Activation activation) {
  BoundedRow active = hidden;
  for (size_t h = 0; h < active.value.size(); ++h) {
    double x = hidden.value[h];
    active.value[h] = reference::activate(activation, x);
    active.error[h] = steepest * hidden.error[h] + 16 * f32Roundoff * std::fabs(x);
  }
  return active;
}

static BoundedRow boundMlp(const BoundedWindow &window,
                           const reference::CompressOperands &operands,
                           const reference::CompressOptions &options, int64_t head,
                           double operandRoundoff) {
  ArrayRef<double> b2 = operands.weights[3]->slice(head);
  BoundedRow hidden =
      boundActivation(boundHidden(window, operands, head), options.activation);
  for (size_t h = 0; h < hidden.error.size(); ++h)
    hidden.error[h] += operandRoundoff * std::fabs(hidden.value[h]);
  return multiply(operands.weights[2]->slice(head), hidden, b2, b2.size());
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
    return boundGates(window, operands, head)
        .sumValues(
            window.width(), [&](size_t r) { return window.row(r); }, operandRoundoff);
  case Phi::Linear:
    return multiply(weights[0]->slice(head), window.flat(), {}, window.width());
  case Phi::Mlp:
    return boundMlp(window, operands, options, head, operandRoundoff);
  }
  llvm_unreachable("unknown phi");
}
