//===- FloatsTest.cpp - conversions of 16-bit floats ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CpuTestSupport.h"

#include "llvm/ADT/APFloat.h"

#include <cmath>
#include <limits>

using namespace fovea::test;

namespace {

constexpr int kAll = 1 << 16, kTile = 4096;

struct Narrow {
  const char *name;
  const llvm::fltSemantics &semantics;
};

std::vector<Narrow> narrowFloats() {
  return {{"bf16", llvm::APFloat::BFloat()}, {"f16", llvm::APFloat::IEEEhalf()}};
}

/// x86-64 converts neither by an instruction, x86-64-v3 f16.
std::vector<std::string> cpus() { return {"x86-64", "x86-64-v3", "native"}; }

float exactly(uint16_t bits, const llvm::fltSemantics &semantics) {
  return llvm::APFloat(semantics, llvm::APInt(16, bits)).convertToFloat();
}

uint16_t rounded(float value, const llvm::fltSemantics &semantics) {
  llvm::APFloat narrow(value);
  bool isInexact;
  narrow.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &isInexact);
  return uint16_t(narrow.bitcastToAPInt().getZExtValue());
}

/// Every element of `inputs` by `op`.
template <typename From, typename To>
std::vector<To> convert(const std::vector<From> &inputs, const std::string &op,
                        const std::string &from, const std::string &to,
                        const std::string &cpu) {
  std::string source =
      oneKernel({"memref<?x" + from + ">", "memref<?x" + to + ">"},
                substitute("%size = arith.constant 4096 : index\n"
                           "%program = tile.program_id 0\n"
                           "%at = arith.muli %program, %size : index\n"
                           "%x = tile.load %a0[%at] sizes [4096] : memref<?x$from> -> "
                           "tensor<4096x$from>\n"
                           "%y = $op %x : tensor<4096x$from> to tensor<4096x$to>\n"
                           "tile.store %y, %a1[%at] sizes [4096] : tensor<4096x$to>, "
                           "memref<?x$to>",
                           {{"from", from}, {"to", to}, {"op", op}}),
                int(inputs.size()) / kTile);
  Program program(source, cpu);
  Array<From, 1> x({int64_t(inputs.size())});
  Array<To, 1> y({int64_t(inputs.size())});
  std::copy(inputs.begin(), inputs.end(), x.data.begin());
  program.call("run", x.arg(), y.arg());
  return y.data;
}

TEST(Floats, WidenExactly) {
  std::vector<uint16_t> all(kAll);
  for (int i = 0; i < kAll; ++i)
    all[i] = uint16_t(i);
  for (const std::string &cpu : cpus())
    for (auto [name, semantics] : narrowFloats()) {
      std::vector<float> wide =
          convert<uint16_t, float>(all, "arith.extf", name, "f32", cpu);
      for (int i = 0; i < kAll; ++i) {
        float exact = exactly(uint16_t(i), semantics);
        if (std::isnan(exact))
          ASSERT_TRUE(std::isnan(wide[i])) << cpu << " " << name << " " << i;
        else
          ASSERT_EQ(std::memcmp(&wide[i], &exact, sizeof(float)), 0)
              << cpu << " " << name << " " << i;
      }
    }
}

/// Each number, the middle to the next one, or to what would be next to the largest,
/// and what lies on both sides of that.
std::vector<float> boundaries(const llvm::fltSemantics &semantics) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> values;
  for (int i = 0; i < kAll; ++i) {
    double value = exactly(uint16_t(i), semantics);
    double next = exactly(uint16_t(i + 1), semantics);
    if (std::isinf(next) && !std::isinf(value))
      next = 2 * value - exactly(uint16_t(i - 1), semantics);
    float middle = float((value + next) / 2);
    values.insert(values.end(), {float(value), std::nextafter(middle, -kInfinity),
                                 middle, std::nextafter(middle, kInfinity)});
  }
  return values;
}

TEST(Floats, NarrowToTheNearest) {
  for (const std::string &cpu : cpus())
    for (auto [name, semantics] : narrowFloats()) {
      std::vector<float> wide = boundaries(semantics);
      std::vector<uint16_t> narrow =
          convert<float, uint16_t>(wide, "arith.truncf", "f32", name, cpu);
      for (size_t i = 0; i < wide.size(); ++i) {
        if (std::isnan(wide[i]))
          ASSERT_TRUE(std::isnan(exactly(narrow[i], semantics)))
              << cpu << " " << name << " " << wide[i];
        else
          ASSERT_EQ(narrow[i], rounded(wide[i], semantics))
              << cpu << " " << name << " " << wide[i];
      }
    }
}

} // namespace
