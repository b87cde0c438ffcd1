//===- OutputComparer.h - are the values right ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_OUTPUTCOMPARER_H
#define FOVEA_LIB_DRIVER_RUN_OUTPUTCOMPARER_H

#include "fovea/Driver/Run/Verify.h"
#include "fovea/Numerics/ErrorBounds.h"

namespace fovea {

/// Compares the elements of one output by the second rule of Verify.h.
class OutputComparer final {
public:
  /// `bound` is null for values that must be equal.
  OutputComparer(llvm::StringRef name, ElementType type,
                 const reference::Array &expected, const ErrorBound *bound);

  /// Compares row `row` of the first axis with `actual`, of the same shape as the
  /// reference's array.
  void compare(int64_t row, const reference::Array &actual);

  OutputCheck check;

private:
  enum class Verdict { Right, Wrong, Undecided };
  Verdict compareElement(size_t element, double actual);
  void describe(size_t element, double actual, llvm::StringRef what);

  ElementType type;
  const reference::Array &expected;
  const ErrorBound *bound;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_OUTPUTCOMPARER_H
