//===- Differences.h - Gradients by differences -----------------*- C++ -*-===//

#ifndef FOVEA_TEST_UNIT_REFERENCE_DIFFERENCES_H
#define FOVEA_TEST_UNIT_REFERENCE_DIFFERENCES_H

#include "TestUtils.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>

namespace fovea::reference {

/// The sum of products of two arrays of one shape; what has a weight of 0 may be -inf.
inline double weigh(const Array &values, const Array &weights) {
  EXPECT_EQ(values.shape, weights.shape);
  double sum = 0;
  for (size_t i = 0; i < values.data.size(); ++i)
    if (weights.data[i] != 0)
      sum += weights.data[i] * values.data[i];
  return sum;
}

/// The gradient of `loss`, which reads `input`, by central differences of fourth order:
/// of a smooth loss of size 1, off by about 1e-11.
inline Array differentiateByDifferences(Array &input,
                                        llvm::function_ref<double()> loss) {
  constexpr double step = 1e-3;
  Array gradient(input.shape);
  for (size_t i = 0; i < input.data.size(); ++i) {
    double at = input.data[i];
    auto lossAt = [&](double offset) {
      input.data[i] = at + offset * step;
      return loss();
    };
    double near = lossAt(1) - lossAt(-1), far = lossAt(2) - lossAt(-2);
    input.data[i] = at;
    gradient.data[i] = (8 * near - far) / (12 * step);
  }
  return gradient;
}

/// `actual` is `expected` up to `tolerance` of the largest element of both.
inline void expectClose(const Array &actual, const Array &expected,
                        const std::string &name, double tolerance = 1e-8) {
  ASSERT_EQ(actual.shape, expected.shape) << name;
  double largest = 1;
  for (double value : expected.data)
    largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < actual.data.size(); ++i)
    ASSERT_NEAR(actual.data[i], expected.data[i], tolerance * largest)
        << name << ", element " << i;
}

} // namespace fovea::reference

#endif // FOVEA_TEST_UNIT_REFERENCE_DIFFERENCES_H
