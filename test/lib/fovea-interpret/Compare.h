//===- Compare.h - outputs of two runs --------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_LIB_FOVEA_INTERPRET_COMPARE_H
#define FOVEA_TEST_LIB_FOVEA_INTERPRET_COMPARE_H

#include "Inputs.h"

namespace fovea {

struct Comparison {
  /// Per output: |actual - expected| <= tolerance * (1 + |expected|). 0: the same bits,
  /// but for the payload of a NaN. Integers are always equal.
  double tolerance = 0;
  /// Rows that are left out, of outputs with a row per token.
  int64_t skipBegin = 0, skipEnd = 0;
};

/// Elements of outputs with a row per token that nobody wrote or that are NaN: two runs
/// could agree on them for no good reason.
std::vector<std::string> findMissing(const Arguments &outputs, int64_t tokens);

/// What differs: one line per output, none if all agree.
std::vector<std::string> compareOutputs(const Arguments &actual,
                                        const Arguments &expected,
                                        const Comparison &comparison, int64_t tokens);

} // namespace fovea

#endif // FOVEA_TEST_LIB_FOVEA_INTERPRET_COMPARE_H
