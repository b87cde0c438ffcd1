//===- PairwiseCover.h - few cases, every pair of choices -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Most errors need two choices to meet (a head dim and a block size, a type and a
// batch shape). A pairwise cover is a list of cases in which every pair of values of
// every two parameters appears: tens of cases instead of the product of all.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_NUMERICS_PAIRWISECOVER_H
#define FOVEA_TEST_NUMERICS_PAIRWISECOVER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fovea::test {

/// One value, by number, per parameter.
using Choice = std::vector<unsigned>;

/// A pairwise cover of parameters with `sizes` values, filled up with random choices to
/// at least `count` cases. The same arguments give the same cases everywhere.
std::vector<Choice> makePairwiseCover(const std::vector<unsigned> &sizes,
                                      std::size_t count, uint64_t seed);

} // namespace fovea::test

#endif // FOVEA_TEST_NUMERICS_PAIRWISECOVER_H
