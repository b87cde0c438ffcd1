//===- ElementType.cpp - Scalar types of arrays ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Support/ElementType.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace fovea;
using llvm::support::endian::read16le;
using llvm::support::endian::read32le;
using llvm::support::endian::write16le;
using llvm::support::endian::write32le;

llvm::StringRef fovea::getName(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "f32";
  case ElementType::F16:
    return "f16";
  case ElementType::BF16:
    return "bf16";
  case ElementType::I32:
    return "i32";
  }
  llvm_unreachable("unknown element type");
}

int64_t fovea::getByteWidth(ElementType type) {
  switch (type) {
  case ElementType::F16:
  case ElementType::BF16:
    return 2;
  case ElementType::F32:
  case ElementType::I32:
    return 4;
  }
  llvm_unreachable("unknown element type");
}

/// Rounds to a binary format with `fractionBits` stored fraction bits and
/// exponents of normal numbers in [minExponent, maxExponent].
static double roundToBinary(double value, int fractionBits, int minExponent,
                            int maxExponent) {
  if (value == 0 || !std::isfinite(value))
    return value;
  // The distance between neighbours is a power of two, fixed below the
  // smallest normal number. Both scalings are exact: nearbyint rounds, once.
  int exponent = std::max(std::ilogb(value), minExponent);
  int spacing = exponent - fractionBits;
  double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -spacing)), spacing);
  if (std::fabs(rounded) >= std::ldexp(1.0, maxExponent + 1))
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  return rounded;
}

static double roundToI32(double value) {
  if (std::isnan(value))
    return 0;
  constexpr double lowest = std::numeric_limits<int32_t>::min();
  constexpr double highest = std::numeric_limits<int32_t>::max();
  return std::clamp(std::nearbyint(value), lowest, highest);
}

double fovea::roundTo(ElementType type, double value) {
  switch (type) {
  case ElementType::F32:
    return static_cast<float>(value);
  case ElementType::F16:
    return roundToBinary(value, /*fractionBits=*/10, /*minExponent=*/-14,
                         /*maxExponent=*/15);
  case ElementType::BF16:
    return roundToBinary(value, /*fractionBits=*/7, /*minExponent=*/-126,
                         /*maxExponent=*/127);
  case ElementType::I32:
    return roundToI32(value);
  }
  llvm_unreachable("unknown element type");
}

/// The bits of an f16 that holds `value`, which must be an f16 value or NaN.
static uint16_t getHalfBits(double value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  double magnitude = std::fabs(value);
  if (std::isnan(value))
    return sign | 0x7e00;
  if (std::isinf(value))
    return sign | 0x7c00;
  // Subnormals count steps of 2^-24, and the first normal binade goes on
  // counting: its leading one carries into the exponent field.
  if (magnitude < std::ldexp(1.0, -13))
    return sign | static_cast<uint16_t>(std::ldexp(magnitude, 24));
  int exponent = std::ilogb(magnitude);
  // The leading one of the fraction is not stored, hence the bias of 14.
  auto fraction = static_cast<uint16_t>(std::ldexp(magnitude, 10 - exponent));
  return sign | static_cast<uint16_t>(((exponent + 14) << 10) + fraction);
}

static double getHalfValue(uint16_t bits) {
  int exponent = (bits >> 10) & 0x1f;
  int fraction = bits & 0x3ff;
  double magnitude;
  if (exponent == 0x1f)
    magnitude = fraction ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    magnitude = std::ldexp(fraction, -24);
  else
    magnitude = std::ldexp(0x400 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

void fovea::encode(ElementType type, double value, uint8_t *bytes) {
  double rounded = roundTo(type, value);
  switch (type) {
  case ElementType::F32:
    return write32le(bytes, llvm::bit_cast<uint32_t>(static_cast<float>(rounded)));
  case ElementType::F16:
    return write16le(bytes, getHalfBits(rounded));
  case ElementType::BF16:
    // A bf16 is the upper half of the f32 of the same value; a quiet NaN stays
    // one because its quiet bit is in that half.
    return write16le(bytes,
                     llvm::bit_cast<uint32_t>(static_cast<float>(rounded)) >> 16);
  case ElementType::I32:
    return write32le(bytes, static_cast<uint32_t>(static_cast<int32_t>(rounded)));
  }
  llvm_unreachable("unknown element type");
}

double fovea::decode(ElementType type, const uint8_t *bytes) {
  switch (type) {
  case ElementType::F32:
    return llvm::bit_cast<float>(read32le(bytes));
  case ElementType::F16:
    return getHalfValue(read16le(bytes));
  case ElementType::BF16:
    return llvm::bit_cast<float>(static_cast<uint32_t>(read16le(bytes)) << 16);
  case ElementType::I32:
    return static_cast<int32_t>(read32le(bytes));
  }
  llvm_unreachable("unknown element type");
}

std::vector<uint8_t> fovea::encodeAll(ElementType type, llvm::ArrayRef<double> values) {
  int64_t width = getByteWidth(type);
  std::vector<uint8_t> bytes(values.size() * width);
  for (size_t i = 0; i < values.size(); ++i)
    encode(type, values[i], &bytes[i * width]);
  return bytes;
}

std::vector<double> fovea::decodeAll(ElementType type, llvm::ArrayRef<uint8_t> bytes) {
  int64_t width = getByteWidth(type);
  std::vector<double> values(bytes.size() / width);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = decode(type, &bytes[i * width]);
  return values;
}
