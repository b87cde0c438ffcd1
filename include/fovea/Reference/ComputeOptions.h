//===- ComputeOptions.h - How much to compute, and how exactly --*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_REFERENCE_COMPUTEOPTIONS_H
#define FOVEA_REFERENCE_COMPUTEOPTIONS_H

#include <cstdint>
#include <functional>
#include <vector>

namespace fovea::reference {

/// Shared by the ops; the default computes everything in double.
struct ComputeOptions {
  /// One flag per packed token; an unset one leaves the rows of that token as
  /// those of a token of no sequence. Empty: every token. Rows of queries are
  /// independent, so a sample of them checks a long run. Windows of keys are
  /// always computed: any query may see them.
  std::vector<bool> tokens;

  /// Applied to each intermediate value (a score, a probability, a gate), but
  /// not inside sums. Rounding to a narrow type makes an op the naive
  /// computation in that type: one tensor in memory after each step, sums in
  /// higher precision. Empty: exact.
  std::function<double(double)> roundIntermediate;

  bool includes(int64_t token) const { return tokens.empty() || tokens[token]; }
  double round(double value) const {
    return roundIntermediate ? roundIntermediate(value) : value;
  }
};

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_COMPUTEOPTIONS_H
