//===- Halves.cpp - 16-bit floats as bits ---------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Halves.h"

#include "fovea/Support/ElementType.h"

#include <vector>

using namespace fovea;
using namespace fovea::simt;

static ElementType elementTypeOf(Half type) {
  return type == Half::BF16 ? ElementType::BF16 : ElementType::F16;
}

/// Products read millions of them: a table of all.
static std::vector<float> makeTable(Half type) {
  std::vector<float> values;
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    uint8_t bytes[2] = {uint8_t(bits), uint8_t(bits >> 8)};
    values.push_back(decode(elementTypeOf(type), bytes));
  }
  return values;
}

float fovea::simt::decodeHalf(Half type, uint64_t bits) {
  static const std::vector<float> bf16 = makeTable(Half::BF16),
                                  f16 = makeTable(Half::F16);
  return (type == Half::BF16 ? bf16 : f16)[bits & 0xffff];
}

uint64_t fovea::simt::encodeHalf(Half type, float value) {
  uint8_t bytes[2];
  encode(elementTypeOf(type), value, bytes);
  return bytes[0] | bytes[1] << 8;
}
