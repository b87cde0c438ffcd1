//===- OutputComparer.cpp - are the values right --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "OutputComparer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace fovea;
using reference::Array;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// The least value of `type` that has all of its digits: what is smaller may be
/// flushed, or is known to fewer digits.
static double getSmallestNormal(ElementType type) {
  return type == ElementType::F16 ? 0x1p-14 : f32Smallest;
}

OutputComparer::OutputComparer(llvm::StringRef name, ElementType type,
                               const Array &expected, const ErrorBound *bound)
    : type(type), expected(expected), bound(bound) {
  check.name = name.str();
  check.rule = bound ? "a bound per element" : "equal";
}

/// "token 3, head 1, element 7" for the axes of [T, H, D]; other arrays by index.
static std::string formatPlace(const Array &array, size_t element) {
  static constexpr const char *names[] = {"row", "head", "element"};
  std::vector<std::string> parts;
  for (int64_t axis = array.rank() - 1; axis >= 0; --axis) {
    parts.push_back(llvm::formatv("{0} {1}", names[std::min<int64_t>(axis, 2)],
                                  element % array.dim(axis)));
    element /= array.dim(axis);
  }
  return llvm::join(llvm::reverse(parts), ", ");
}

void OutputComparer::describe(size_t element, double actual, llvm::StringRef what) {
  if (check.problem.empty())
    check.problem =
        llvm::formatv("{0}: expected {1}{2}, got {3}", formatPlace(expected, element),
                      expected.data[element], what, actual);
}

OutputComparer::Verdict OutputComparer::compareElement(size_t element, double actual) {
  double reference = expected.data[element];
  double allowed = bound ? bound->error.data[element] : 0;
  if (std::isnan(reference) || std::isinf(reference)) {
    if (std::isnan(reference) ? std::isnan(actual) : actual == reference)
      return Verdict::Right;
    describe(element, actual, "");
    return Verdict::Wrong;
  }
  // What is off by more than half of what the element sums shows nothing.
  double near = allowed;
  if (bound)
    near =
        std::min(allowed, bound->magnitude.data[element] / 2 + getSmallestNormal(type));
  if (std::isinf(actual) &&
      roundTo(type, reference + std::copysign(near, actual)) == actual)
    return Verdict::Right; // past the type's largest value
  double error = std::isfinite(actual) ? std::fabs(actual - reference) : infinity;
  if (error > near && error <= allowed) {
    describe(element, actual, " within a bound that says something");
    return Verdict::Undecided;
  }
  double ratio = error == 0 ? 0 : error / near;
  if (ratio > check.worstRatio || check.worstRatio == 0) {
    check.worstRatio = ratio;
    check.error = error;
    check.bound = near;
    check.reference = reference;
  }
  if (error <= near)
    return Verdict::Right;
  describe(element, actual, llvm::formatv(" within {0:e2}", near).str());
  return Verdict::Wrong;
}

void OutputComparer::compare(int64_t row, const Array &actual) {
  size_t size = expected.data.size() / expected.dim(0);
  // A token's vectors are its last axis; of an array [T, H] each scalar is a row.
  size_t width = expected.rank() > 2 ? expected.shape.back() : 1;
  for (size_t begin = row * size; begin < (row + 1) * size; begin += width) {
    bool wrong = false, undecided = false;
    for (size_t element = begin; element < begin + width; ++element) {
      Verdict verdict = compareElement(element, actual.data[element]);
      wrong |= verdict == Verdict::Wrong;
      undecided |= verdict == Verdict::Undecided;
    }
    ++check.rows;
    check.wrongRows += wrong;
    check.undecidedRows += undecided && !wrong;
  }
}
