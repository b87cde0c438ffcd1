//===- CheckedMath.h - 64-bit arithmetic that says when it overflows -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function is true on success and leaves `result` alone otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_CHECKEDMATH_H
#define FOVEA_RUNTIME_LIB_CHECKEDMATH_H

#include <cstdint>

namespace fovea::rt {

inline bool checkedAdd(int64_t a, int64_t b, int64_t &result) {
  int64_t value;
  if (__builtin_add_overflow(a, b, &value))
    return false;
  result = value;
  return true;
}

inline bool checkedSub(int64_t a, int64_t b, int64_t &result) {
  int64_t value;
  if (__builtin_sub_overflow(a, b, &value))
    return false;
  result = value;
  return true;
}

inline bool checkedMul(int64_t a, int64_t b, int64_t &result) {
  int64_t value;
  if (__builtin_mul_overflow(a, b, &value))
    return false;
  result = value;
  return true;
}

/// The least multiple of `alignment` that is at least `value`; both are positive or 0.
inline bool checkedAlign(int64_t value, int64_t alignment, int64_t &result) {
  int64_t end;
  if (!checkedAdd(value, alignment - 1, end))
    return false;
  result = end / alignment * alignment;
  return true;
}

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_CHECKEDMATH_H
