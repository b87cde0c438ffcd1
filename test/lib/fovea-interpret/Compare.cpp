//===- Compare.cpp - outputs of two runs ----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Compare.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace fovea;

static bool agree(float actual, float expected, double tolerance) {
  if (std::isnan(actual) || std::isnan(expected))
    return std::isnan(actual) && std::isnan(expected);
  if (tolerance == 0 || std::isinf(actual) || std::isinf(expected))
    return llvm::bit_cast<uint32_t>(actual) == llvm::bit_cast<uint32_t>(expected);
  return std::fabs(double(actual) - expected) <= tolerance * (1 + std::fabs(expected));
}

static std::string compareBuffers(const tile::Buffer &actual,
                                  const tile::Buffer &expected,
                                  const Comparison &comparison, int64_t tokens) {
  int64_t wrong = 0, first = -1, rows = std::max<int64_t>(1, actual.shape.front());
  int64_t rowSize = std::max<int64_t>(1, actual.size() / rows);
  for (int64_t i = 0; i < actual.size(); ++i) {
    int64_t row = i / rowSize;
    if (rows == tokens && row >= comparison.skipBegin && row < comparison.skipEnd)
      continue;
    bool same = actual.isFloat()
                    ? agree(actual.floats[i], expected.floats[i], comparison.tolerance)
                    : actual.ints[i] == expected.ints[i];
    if (!same && wrong++ == 0)
      first = i;
  }
  if (!wrong)
    return "";
  auto value = [&](const tile::Buffer &buffer) {
    return buffer.isFloat() ? double(buffer.floats[first]) : buffer.ints[first];
  };
  return llvm::formatv("{0} of {1} elements; the first, {2} of row {3}, is {4:e} "
                       "and should be {5:e}",
                       wrong, actual.size(), first % rowSize, first / rowSize,
                       value(actual), value(expected));
}

std::vector<std::string> fovea::findMissing(const Arguments &outputs, int64_t tokens) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < outputs.buffers.size(); ++i) {
    const tile::Buffer &buffer = *outputs.buffers[i];
    if (!outputs.isOutput[i] || buffer.shape.front() != tokens)
      continue;
    int64_t unwritten = llvm::count(buffer.writers, 0u);
    int64_t nans = llvm::count_if(buffer.floats, [](float x) { return std::isnan(x); });
    if (unwritten || nans)
      lines.push_back(llvm::formatv("{0}: of {1} elements, {2} are not written and {3} "
                                    "are NaN",
                                    outputs.names[i], buffer.size(), unwritten, nans));
  }
  return lines;
}

std::vector<std::string> fovea::compareOutputs(const Arguments &actual,
                                               const Arguments &expected,
                                               const Comparison &comparison,
                                               int64_t tokens) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < actual.buffers.size(); ++i) {
    if (!actual.isOutput[i])
      continue;
    std::string text =
        compareBuffers(*actual.buffers[i], *expected.buffers[i], comparison, tokens);
    if (!text.empty())
      lines.push_back(actual.names[i] + ": " + text);
  }
  return lines;
}
