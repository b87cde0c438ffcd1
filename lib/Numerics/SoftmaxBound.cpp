//===- SoftmaxBound.cpp - how exact a softmax can be ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Numerics/SoftmaxBound.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace fovea;
using llvm::ArrayRef;

double fovea::getSumRoundoff(size_t terms) {
  return (2 * std::sqrt(double(terms)) + 16) * f32Roundoff;
}

/// 0 * x, and 0 also where x is not finite: an exact factor adds no error.
static double times(double error, double x) { return error == 0 ? 0 : error * x; }

void BoundedRow::addScaled(double factor, double factorError, RowView row,
                           double factorMagnitude) {
  double factorSize = std::fabs(factor);
  for (size_t d = 0; d < row.value.size(); ++d) {
    double size = std::fabs(row.value[d]);
    value[d] += factor * row.value[d];
    error[d] += times(factorError, size);
    if (!row.error.empty())
      error[d] += times(row.error[d], factorSize + factorError);
    magnitude[d] += std::max(factorSize, factorMagnitude) *
                    (row.magnitude.empty() ? size : std::max(size, row.magnitude[d]));
  }
}

void SoftmaxBound::finish() {
  probabilities.assign(size(), 0);
  growths.assign(size(), 0);
  lse = -kInfinity;
  if (scores.empty())
    return;
  size_t top = std::max_element(scores.begin(), scores.end()) - scores.begin();
  if (scores[top] == -kInfinity)
    return;
  double sum = 0;
  for (double score : scores)
    sum += std::exp(score - scores[top]);
  lse = scores[top] + std::log(sum);
  double most = 0; // of ln p_u + D_u, the lse's growth
  for (size_t u = 0; u < size(); ++u) {
    probabilities[u] = std::exp(scores[u] - lse);
    if (probabilities[u] > 0)
      most = std::max(most, scores[u] - lse + scoreErrors[u]);
  }
  double grown = 0;
  for (size_t u = 0; u < size(); ++u)
    if (scores[u] > -kInfinity)
      grown += std::exp(scores[u] - lse + scoreErrors[u] - most);
  // The sum over a softmax's terms rounds like any other, and so does its log.
  lseError = most + std::log(grown) + getSumRoundoff(size()) +
             4 * f32Roundoff * std::fabs(lse);
  findGrowths(top);
}

void SoftmaxBound::findGrowths(size_t top) {
  auto getShift = [&](size_t u) {
    return u == top ? 0 : scoreErrors[u] + scoreErrors[top];
  };
  double least = 0;
  for (size_t u = 0; u < size(); ++u)
    if (probabilities[u] > 0)
      least += probabilities[u] * std::exp(-getShift(u));
  for (size_t u = 0; u < size(); ++u) {
    double shift = getShift(u);
    if (shift == 0 || scores[u] == -kInfinity)
      continue;
    double growth = shift < 1 ? probabilities[u] * std::expm1(shift)
                              : std::exp(scores[u] - lse + shift) - probabilities[u];
    growths[u] = std::isnan(growth) ? kInfinity : growth / least;
  }
}

BoundedRow SoftmaxBound::sumValues(size_t width, RowOf value,
                                   double operandRoundoff) const {
  BoundedRow result(width);
  double relative = getSumRoundoff(size()) + operandRoundoff, growth = 0;
  for (size_t u = 0; u < size(); ++u) {
    if (scores[u] == -kInfinity)
      continue;
    growth += growths[u];
    result.addScaled(probabilities[u],
                     growths[u] + relative * probabilities[u] + f32Smallest, value(u));
  }
  for (size_t d = 0; d < width; ++d)
    result.error[d] += times(growth, std::fabs(result.value[d]));
  return result;
}
