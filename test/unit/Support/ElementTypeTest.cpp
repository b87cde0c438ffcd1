//===- ElementTypeTest.cpp - Rounding against llvm::APFloat ---------------===//

#include "fovea/Support/ElementType.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>
#include <random>

using namespace fovea;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double quietNaN = std::numeric_limits<double>::quiet_NaN();

const llvm::fltSemantics &getSemantics(ElementType type) {
  if (type == ElementType::F16)
    return llvm::APFloat::IEEEhalf();
  if (type == ElementType::BF16)
    return llvm::APFloat::BFloat();
  return llvm::APFloat::IEEEsingle();
}

double roundWithAPFloat(ElementType type, double value) {
  llvm::APFloat result(value);
  bool losesInfo;
  result.convert(getSemantics(type), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  result.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return result.convertToDouble();
}

class FloatType : public testing::TestWithParam<ElementType> {};

void expectSame(double actual, double expected, double input) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << input;
    return;
  }
  EXPECT_EQ(actual, expected) << input;
  EXPECT_EQ(std::signbit(actual), std::signbit(expected)) << input;
}

} // namespace

TEST_P(FloatType, random_doubles_round_like_apfloat) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    // Half of the exponents are in f16's range, the rest anywhere.
    double value = llvm::bit_cast<double>(static_cast<uint64_t>(random()));
    if (i % 2 && std::isfinite(value) && value != 0)
      value =
          std::ldexp(value, static_cast<int>(random() % 50) - 28 - std::ilogb(value));
    expectSame(roundTo(GetParam(), value), roundWithAPFloat(GetParam(), value), value);
  }
}

TEST_P(FloatType, halfway_points_go_to_even) {
  std::mt19937_64 random(2);
  const llvm::fltSemantics &semantics = getSemantics(GetParam());
  unsigned width = llvm::APFloat::getSizeInBits(semantics);
  for (int i = 0; i < 20000; ++i) {
    llvm::APFloat low(semantics, llvm::APInt(width, random(), false, true));
    if (!low.isFinite())
      continue;
    llvm::APFloat high = low;
    high.next(/*nextDown=*/false);
    if (!high.isFinite())
      continue;
    double middle = (low.convertToDouble() + high.convertToDouble()) / 2;
    for (double value :
         {std::nextafter(middle, -inf), middle, std::nextafter(middle, inf)})
      expectSame(roundTo(GetParam(), value), roundWithAPFloat(GetParam(), value),
                 value);
  }
}

TEST_P(FloatType, special_values) {
  for (double value :
       {0.0, -0.0, inf, -inf, quietNaN, 65504.0, 65519.999, 65520.0, -65520.0,
        3.4028234e38, 3.4e38, 1e300, -1e300, 1e-300, -1e-300, 5e-324})
    expectSame(roundTo(GetParam(), value), roundWithAPFloat(GetParam(), value), value);
}

TEST_P(FloatType, every_encoding_of_two_bytes_round_trips) {
  if (getByteWidth(GetParam()) != 2)
    return;
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    uint8_t bytes[2];
    llvm::support::endian::write16le(bytes, bits);
    double value = decode(GetParam(), bytes);
    llvm::APFloat expected(getSemantics(GetParam()), llvm::APInt(16, bits));
    ASSERT_EQ(std::isnan(value), expected.isNaN()) << bits;
    uint8_t again[2];
    encode(GetParam(), value, again);
    if (expected.isNaN()) {
      ASSERT_TRUE(std::isnan(decode(GetParam(), again))) << bits;
      continue;
    }
    ASSERT_EQ(value, expected.convertToDouble()) << bits;
    ASSERT_EQ(llvm::support::endian::read16le(again), bits);
  }
}

INSTANTIATE_TEST_SUITE_P(ElementType, FloatType,
                         testing::Values(ElementType::F32, ElementType::F16,
                                         ElementType::BF16),
                         [](const auto &info) { return getName(info.param).str(); });

TEST(ElementType, f16_does_not_round_twice) {
  // 1 + 2^-11 is halfway between 1 and 1 + 2^-10; 2^-40 more must round up,
  // but is lost on the way through f32.
  double value = 1 + std::ldexp(1, -11) + std::ldexp(1, -40);
  EXPECT_EQ(roundTo(ElementType::F16, value), 1 + std::ldexp(1, -10));
}

TEST(ElementType, i32_rounds_to_even_and_saturates) {
  EXPECT_EQ(roundTo(ElementType::I32, 2.5), 2);
  EXPECT_EQ(roundTo(ElementType::I32, -1.5), -2);
  EXPECT_EQ(roundTo(ElementType::I32, 3e9), 2147483647);
  EXPECT_EQ(roundTo(ElementType::I32, -inf), -2147483648.0);
  EXPECT_EQ(roundTo(ElementType::I32, quietNaN), 0);
}

TEST(ElementType, arrays_are_little_endian) {
  EXPECT_EQ(encodeAll(ElementType::I32, {-1, 258}),
            (std::vector<uint8_t>{255, 255, 255, 255, 2, 1, 0, 0}));
  EXPECT_EQ(encodeAll(ElementType::BF16, {1}), (std::vector<uint8_t>{0x80, 0x3f}));
  EXPECT_EQ(encodeAll(ElementType::F16, {-2}), (std::vector<uint8_t>{0x00, 0xc0}));
  EXPECT_EQ(decodeAll(ElementType::F32, {0x00, 0x00, 0xc0, 0x3f}),
            (std::vector<double>{1.5}));
}

TEST(ElementType, names_and_widths) {
  EXPECT_EQ(getName(ElementType::BF16), "bf16");
  EXPECT_EQ(getByteWidth(ElementType::BF16), 2);
  EXPECT_EQ(getByteWidth(ElementType::I32), 4);
}
