//===- TestUtils.h - Comparisons of reference arrays ------------*- C++ -*-===//

#ifndef FOVEA_TEST_UNIT_REFERENCE_TESTUTILS_H
#define FOVEA_TEST_UNIT_REFERENCE_TESTUTILS_H

#include "fovea/Reference/Array.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>
#include <random>

namespace fovea::reference {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double quietNaN = std::numeric_limits<double>::quiet_NaN();

/// Equal up to the last bits of a double; infinities must agree exactly.
inline void expectNear(llvm::ArrayRef<double> actual,
                       const std::vector<double> &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::isinf(expected[i]))
      EXPECT_EQ(actual[i], expected[i]) << "element " << i;
    else
      EXPECT_NEAR(actual[i], expected[i], 1e-12) << "element " << i;
  }
}

/// The message of an error, or "no error".
template <typename T> std::string getMessage(llvm::Expected<T> value) {
  return value ? "no error" : llvm::toString(value.takeError());
}

inline Array makeRandom(Shape shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Array array(std::move(shape));
  for (double &value : array.data)
    value = normal(random);
  return array;
}

} // namespace fovea::reference

#endif // FOVEA_TEST_UNIT_REFERENCE_TESTUTILS_H
