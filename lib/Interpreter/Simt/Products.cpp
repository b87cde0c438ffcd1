//===- Products.cpp - matrix instructions ---------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A warp computes 16 rows: of a wgmma those of its quarter. Where elements are is said
// by the PTX ISA, "Register fragments" and "Matrix descriptors", and not taken from
// Placement.h, which lowering uses: this is to find what is wrong there, too.
//
//===----------------------------------------------------------------------===//

#include "BlockState.h"
#include "Halves.h"
#include "Swizzle.h"
#include "Warp.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace fovea::simt;

static constexpr int64_t kRows = 16, kDepth = 16;

namespace {
/// Rows of floats.
struct Matrix {
  Matrix(int64_t rows, int64_t columns) : columns(columns), values(rows * columns) {}
  float &at(int64_t row, int64_t column) { return values[row * columns + column]; }

  int64_t columns;
  std::vector<float> values;
};

/// What wgmma reads of a descriptor.
struct Descriptor {
  explicit Descriptor(uint64_t word)
      : start((word & 0x3fff) << 4), leading((word >> 16 & 0x3fff) << 4),
        stride((word >> 32 & 0x3fff) << 4) {
    unsigned mode = word >> 62;
    span = mode ? 256 >> mode : 16;
  }
  /// Of element `along` of row `row`, where rows of `span` bytes lie in groups of 8.
  uint64_t address(int64_t row, int64_t along) const {
    int64_t perRow = span / 2;
    uint64_t at = start + along / perRow * leading + row / 8 * stride + row % 8 * span +
                  along % perRow * 2;
    return swizzle(at, span > 16 ? span : 0);
  }

  uint64_t start, leading, stride;
  int64_t span;
};
} // namespace

static float readHalf(Warp &warp, WgmmaOp op, uint64_t address) {
  const uint8_t *bytes = warp.block.shared(address, 2, op);
  return bytes ? decodeHalf(op.getType(), bytes[0] | bytes[1] << 8) : 0;
}

/// Register e of lane l holds elements (row, 2 k) and (row, 2 k + 1): rows are those of
/// eight fours of lanes, and of a second half; columns 8 apart, too.
static Matrix unpackA(Half type, const Lanes &registers) {
  Matrix a(kRows, kDepth);
  for (int64_t e = 0; e < 4; ++e)
    for (int64_t lane = 0; lane < int64_t(kWarpLanes); ++lane)
      for (int64_t i = 0; i < 2; ++i)
        a.at(lane / 4 + 8 * (e % 2), lane % 4 * 2 + i + 8 * (e / 2)) =
            decodeHalf(type, registers[e * kWarpLanes + lane] >> 16 * i & 0xffff);
  return a;
}

static Matrix readA(Warp &warp, WgmmaOp op, uint64_t word) {
  Descriptor from(word);
  int64_t first = warp.number % 4 * kRows;
  Matrix a(kRows, kDepth);
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t k = 0; k < kDepth; ++k)
      a.at(row, k) = readHalf(warp, op, from.address(first + row, k));
  return a;
}

static Matrix readB(Warp &warp, WgmmaOp op, uint64_t word, int64_t columns) {
  Descriptor from(word);
  Matrix b(kDepth, columns);
  for (int64_t k = 0; k < kDepth; ++k)
    for (int64_t n = 0; n < columns; ++n)
      b.at(k, n) = readHalf(
          warp, op, op.getTransposeB() ? from.address(k, n) : from.address(n, k));
  return b;
}

/// `acc + a * b`, of which a lane holds two columns of eight in each of two rows.
static void multiply(Matrix &a, Matrix &b, const Lanes *acc, Lanes &result) {
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t lane = i % kWarpLanes, e = i / kWarpLanes;
    int64_t row = lane / 4 + 8 * (e / 2 % 2), column = e / 4 * 8 + lane % 4 * 2 + e % 2;
    float sum = acc ? llvm::bit_cast<float>(uint32_t((*acc)[i])) : 0;
    for (int64_t k = 0; k < kDepth; ++k)
      sum += a.at(row, k) * b.at(k, column);
    result[i] = llvm::bit_cast<uint32_t>(sum);
  }
}

void fovea::simt::compute(Warp &warp, PendingProduct &product) {
  WgmmaOp op = product.op;
  bool fromRegisters = isa<VectorType>(op.getA().getType());
  Matrix a = fromRegisters ? unpackA(op.getType(), *product.a)
                           : readA(warp, op, product.a->front());
  int64_t columns = 2 * elementsOf(op.getResult().getType());
  Matrix b = readB(warp, op, product.b->front(), columns);
  multiply(a, b, product.acc.get(), *product.result);
}

/// What nobody may read yet.
static constexpr uint32_t kNaN = 0x7fc00000;

static void evaluateWgmma(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  auto product = cast<WgmmaOp>(op);
  auto result = std::make_shared<Lanes>(
      elementsOf(product.getResult().getType()) * kWarpLanes, kNaN);
  warp.set(product.getResult(), LanesRef(result));
  LanesRef acc = product.getAcc() ? warp.get(product.getAcc()) : LanesRef();
  warp.issue({product, warp.get(product.getA()), warp.get(product.getB()), acc, result,
              warp.group});
}

static void evaluateWait(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  auto wait = cast<WgmmaWaitOp>(op);
  warp.retire(wait.getNewer());
  for (auto [value, result] : llvm::zip_equal(wait.getValues(), wait.getResults()))
    warp.set(result, warp.get(value));
}

static void evaluateMma(Warp &warp, Operation *op) {
  warp.expectAllLanes(op);
  auto product = cast<MmaOp>(op);
  Matrix a = unpackA(product.getType(), *warp.get(product.getA()));
  const Lanes &registers = *warp.get(product.getB());
  Matrix b(kDepth, 8);
  for (int64_t e = 0; e < 2; ++e)
    for (int64_t lane = 0; lane < int64_t(kWarpLanes); ++lane)
      for (int64_t i = 0; i < 2; ++i)
        b.at(lane % 4 * 2 + i + 8 * e, lane / 4) = decodeHalf(
            product.getType(), registers[e * kWarpLanes + lane] >> 16 * i & 0xffff);
  Lanes result(4 * kWarpLanes);
  multiply(a, b, warp.get(product.getAcc()).get(), result);
  warp.set(product.getResult(), std::move(result));
}

static void evaluateDescriptor(Warp &warp, Operation *op) {
  auto descriptor = cast<DescriptorOp>(op);
  int64_t span = descriptor.getSwizzle();
  uint64_t mode = span == 128 ? 1 : span == 64 ? 2 : 3;
  Lanes result(kWarpLanes);
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    result[lane] = (warp.at(descriptor.getAddress(), lane) >> 4 & 0x3fff) |
                   uint64_t(descriptor.getLeading() >> 4 & 0x3fff) << 16 |
                   uint64_t(descriptor.getStride() >> 4 & 0x3fff) << 32 | mode << 62;
  warp.set(descriptor, std::move(result));
}

void fovea::simt::addProducts(Handlers &handlers) {
  handlers[TypeID::get<WgmmaOp>()] = evaluateWgmma;
  handlers[TypeID::get<WgmmaWaitOp>()] = evaluateWait;
  handlers[TypeID::get<MmaOp>()] = evaluateMma;
  handlers[TypeID::get<DescriptorOp>()] = evaluateDescriptor;
  handlers[TypeID::get<WgmmaFenceOp>()] = [](Warp &, Operation *) {};
  handlers[TypeID::get<WgmmaCommitOp>()] = [](Warp &warp, Operation *) {
    ++warp.group;
  };
}
