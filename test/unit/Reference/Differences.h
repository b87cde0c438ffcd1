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

/// The derivative at 0 of `loss`, by central differences of fourth order: of a smooth
/// loss of size 1, off by about 1e-11.
inline double differ(llvm::function_ref<double(double)> loss) {
  constexpr double step = 1e-3;
  double near = loss(step) - loss(-step), far = loss(2 * step) - loss(-2 * step);
  return (8 * near - far) / (12 * step);
}

/// The gradient of `loss`, which reads `input`, element by element.
inline Array differentiateByDifferences(Array &input,
                                        llvm::function_ref<double()> loss) {
  Array gradient(input.shape);
  for (size_t i = 0; i < input.data.size(); ++i) {
    double at = input.data[i];
    gradient.data[i] = differ([&](double offset) {
      input.data[i] = at + offset;
      return loss();
    });
    input.data[i] = at;
  }
  return gradient;
}

/// That `gradient` is that of `loss` by `input`, in a few drawn directions, each of
/// which moves every element.
inline void expectDirections(const Array &gradient, Array &input,
                             const std::string &name,
                             llvm::function_ref<double()> loss) {
  ASSERT_EQ(gradient.shape, input.shape) << name;
  Array at = input;
  for (unsigned seed = 1000; seed < 1003; ++seed) {
    Array direction = makeRandom(input.shape, seed);
    double expected = differ([&](double offset) {
      input.data = at.data;
      addScaled(offset, direction.data, input.data);
      return loss();
    });
    double actual = dot(gradient.data, direction.data), size = 1;
    for (double element : gradient.data)
      size += std::fabs(element);
    EXPECT_NEAR(actual, expected, 1e-9 * size) << name;
  }
  input = at;
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
