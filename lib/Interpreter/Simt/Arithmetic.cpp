//===- Arithmetic.cpp - what each lane computes by itself -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BlockState.h"
#include "Halves.h"
#include "Warp.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace fovea::simt;
using fovea::tile::FindingKind;

static float toFloat(uint64_t word) { return llvm::bit_cast<float>(uint32_t(word)); }
static uint64_t toWord(float value) { return llvm::bit_cast<uint32_t>(value); }

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

namespace {
/// The words of an operation's operands in one element of one lane, and what of.
struct Words {
  uint64_t a, b, c;
  Operation *op;
  unsigned bits; ///< of the first operand

  int64_t signedA() const { return llvm::SignExtend64(a, bits); }
  int64_t signedB() const { return llvm::SignExtend64(b, bits); }
};
} // namespace

/// Operations of one to three operands and one result, element by element.
template <typename OpT>
static void addElementwise(Handlers &handlers, uint64_t (*function)(const Words &)) {
  handlers[TypeID::get<OpT>()] = [function](Warp &warp, Operation *op) {
    const Lanes *operands[3] = {};
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      operands[i] = warp.get(operand).get();
    size_t size = elementsOf(op->getResult(0).getType()) * kWarpLanes;
    uint64_t kept =
        llvm::maskTrailingOnes<uint64_t>(bitsOf(op->getResult(0).getType()));
    auto wordOf = [&](unsigned i, size_t at) {
      // A scalar condition chooses between vectors.
      return operands[i] ? (*operands[i])[at % operands[i]->size()] : 0;
    };
    Words words{0, 0, 0, op, bitsOf(op->getOperand(0).getType())};
    Lanes result(size);
    for (size_t i = 0; i < size; ++i) {
      words.a = wordOf(0, i);
      words.b = wordOf(1, i);
      words.c = wordOf(2, i);
      result[i] = function(words) & kept;
    }
    warp.set(op->getResult(0), std::move(result));
  };
}

template <typename OpT, float (*Function)(float)>
static void addFloat(Handlers &handlers) {
  addElementwise<OpT>(handlers,
                      [](const Words &w) { return toWord(Function(toFloat(w.a))); });
}
template <typename OpT, float (*Function)(float, float)>
static void addFloats(Handlers &handlers) {
  addElementwise<OpT>(handlers, [](const Words &w) {
    return toWord(Function(toFloat(w.a), toFloat(w.b)));
  });
}

static uint64_t compareIntegers(const Words &w) {
  int64_t x = w.signedA(), y = w.signedB();
  switch (cast<arith::CmpIOp>(w.op).getPredicate()) {
  case arith::CmpIPredicate::eq:
    return w.a == w.b;
  case arith::CmpIPredicate::ne:
    return w.a != w.b;
  case arith::CmpIPredicate::slt:
    return x < y;
  case arith::CmpIPredicate::sle:
    return x <= y;
  case arith::CmpIPredicate::sgt:
    return x > y;
  case arith::CmpIPredicate::sge:
    return x >= y;
  case arith::CmpIPredicate::ult:
    return w.a < w.b;
  case arith::CmpIPredicate::ule:
    return w.a <= w.b;
  case arith::CmpIPredicate::ugt:
    return w.a > w.b;
  case arith::CmpIPredicate::uge:
    return w.a >= w.b;
  }
  llvm_unreachable("every predicate has a case");
}

static uint64_t compareFloats(const Words &w) {
  llvm::APFloat x(toFloat(w.a)), y(toFloat(w.b));
  return arith::applyCmpPredicate(cast<arith::CmpFOp>(w.op).getPredicate(), x, y);
}

static float maxNumber(float x, float y) { return std::fmax(x, y); }
static float minNumber(float x, float y) { return std::fmin(x, y); }
static float withSign(float x, float y) { return std::copysign(x, y); }
static float absolute(float x) { return std::fabs(x); }
static float negate(float x) { return -x; }
static float add(float x, float y) { return x + y; }
static float subtract(float x, float y) { return x - y; }
static float multiply(float x, float y) { return x * y; }
static float divide(float x, float y) { return x / y; }

static float flush(float x) {
  return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x;
}

static uint64_t approximate(const Words &w) {
  float x = toFloat(w.a);
  switch (cast<ApproxOp>(w.op).getFunction()) {
  case Approximation::Exp2:
    return toWord(flush(std::exp2(flush(x))));
  case Approximation::Log2:
    return toWord(std::log2(flush(x)));
  case Approximation::Reciprocal:
    return toWord(flush(1 / flush(x)));
  case Approximation::Sqrt:
    return toWord(std::sqrt(flush(x)));
  case Approximation::Tanh:
    return toWord(std::tanh(x));
  }
  llvm_unreachable("every function has a case");
}

static void addIntegers(Handlers &handlers) {
  addElementwise<arith::AddIOp>(handlers, [](const Words &w) { return w.a + w.b; });
  addElementwise<arith::SubIOp>(handlers, [](const Words &w) { return w.a - w.b; });
  addElementwise<arith::MulIOp>(handlers, [](const Words &w) { return w.a * w.b; });
  addElementwise<arith::AndIOp>(handlers, [](const Words &w) { return w.a & w.b; });
  addElementwise<arith::OrIOp>(handlers, [](const Words &w) { return w.a | w.b; });
  addElementwise<arith::XOrIOp>(handlers, [](const Words &w) { return w.a ^ w.b; });
  // A shift by all bits or more, and a division by 0, are poison: no lane may use it.
  addElementwise<arith::ShLIOp>(
      handlers, [](const Words &w) { return w.b < w.bits ? w.a << w.b : 0; });
  addElementwise<arith::ShRUIOp>(
      handlers, [](const Words &w) { return w.b < w.bits ? w.a >> w.b : 0; });
  addElementwise<arith::ShRSIOp>(handlers, [](const Words &w) {
    return uint64_t(w.signedA() >> std::min<uint64_t>(w.b, 63));
  });
  addElementwise<arith::DivUIOp>(handlers,
                                 [](const Words &w) { return w.b ? w.a / w.b : 0; });
  addElementwise<arith::RemUIOp>(handlers,
                                 [](const Words &w) { return w.b ? w.a % w.b : 0; });
  addElementwise<arith::DivSIOp>(handlers, [](const Words &w) {
    return w.b ? uint64_t(w.signedA() / w.signedB()) : 0;
  });
  addElementwise<arith::RemSIOp>(handlers, [](const Words &w) {
    return w.b ? uint64_t(w.signedA() % w.signedB()) : 0;
  });
  addElementwise<arith::MinUIOp>(handlers,
                                 [](const Words &w) { return std::min(w.a, w.b); });
  addElementwise<arith::MaxUIOp>(handlers,
                                 [](const Words &w) { return std::max(w.a, w.b); });
  addElementwise<arith::MinSIOp>(handlers, [](const Words &w) {
    return uint64_t(std::min(w.signedA(), w.signedB()));
  });
  addElementwise<arith::MaxSIOp>(handlers, [](const Words &w) {
    return uint64_t(std::max(w.signedA(), w.signedB()));
  });
  addElementwise<arith::CmpIOp>(handlers, compareIntegers);
  addElementwise<arith::SelectOp>(handlers,
                                  [](const Words &w) { return w.a ? w.b : w.c; });
  addElementwise<LLVM::CtPopOp>(
      handlers, [](const Words &w) { return uint64_t(llvm::popcount(w.a)); });
  addElementwise<LLVM::CountTrailingZerosOp>(handlers, [](const Words &w) {
    return std::min<uint64_t>(llvm::countr_zero(w.a), w.bits);
  });
  auto extendSigned = [](const Words &w) { return uint64_t(w.signedA()); };
  auto keep = [](const Words &w) { return w.a; };
  addElementwise<arith::IndexCastOp>(handlers, extendSigned);
  addElementwise<arith::ExtSIOp>(handlers, extendSigned);
  addElementwise<arith::IndexCastUIOp>(handlers, keep);
  addElementwise<arith::ExtUIOp>(handlers, keep);
  addElementwise<arith::TruncIOp>(handlers, keep);
  addElementwise<arith::BitcastOp>(handlers, keep);
}

static uint64_t widenHalf(const Words &w) {
  Type type = getElementTypeOrSelf(w.op->getOperand(0).getType());
  return toWord(decodeHalf(type.isBF16() ? Half::BF16 : Half::F16, w.a));
}
static uint64_t roundToHalf(const Words &w) {
  Type type = getElementTypeOrSelf(w.op->getResult(0).getType());
  return encodeHalf(type.isBF16() ? Half::BF16 : Half::F16, toFloat(w.a));
}

static void addFloatingPoint(Handlers &handlers) {
  addFloats<arith::AddFOp, add>(handlers);
  addFloats<arith::SubFOp, subtract>(handlers);
  addFloats<arith::MulFOp, multiply>(handlers);
  addFloats<arith::DivFOp, divide>(handlers);
  addFloats<arith::MaxNumFOp, maxNumber>(handlers);
  addFloats<arith::MinNumFOp, minNumber>(handlers);
  addFloats<math::CopySignOp, withSign>(handlers);
  addFloat<arith::NegFOp, negate>(handlers);
  addFloat<math::AbsFOp, absolute>(handlers);
  addElementwise<arith::CmpFOp>(handlers, compareFloats);
  addElementwise<ApproxOp>(handlers, approximate);
  addElementwise<LLVM::FMAOp>(handlers, [](const Words &w) {
    return toWord(std::fma(toFloat(w.a), toFloat(w.b), toFloat(w.c)));
  });
  addElementwise<arith::ExtFOp>(handlers, widenHalf);
  addElementwise<arith::TruncFOp>(handlers, roundToHalf);
  addElementwise<arith::SIToFPOp>(
      handlers, [](const Words &w) { return toWord(float(w.signedA())); });
  addElementwise<arith::UIToFPOp>(handlers,
                                  [](const Words &w) { return toWord(float(w.a)); });
  addElementwise<arith::FPToSIOp>(handlers, [](const Words &w) {
    // What does not fit is poison.
    float x = toFloat(w.a);
    return std::fabs(x) < 0x1p31f ? uint64_t(int64_t(x)) : 0;
  });
}

//===----------------------------------------------------------------------===//
// Constants and vectors
//===----------------------------------------------------------------------===//

static uint64_t wordOf(Attribute attribute) {
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return number.getValue().getZExtValue();
  return cast<FloatAttr>(attribute).getValue().bitcastToAPInt().getZExtValue();
}

static void evaluateConstant(Warp &warp, Operation *op) {
  Attribute value = cast<arith::ConstantOp>(op).getValue();
  Lanes result;
  auto append = [&](Attribute element) {
    result.insert(result.end(), kWarpLanes, wordOf(element));
  };
  if (auto elements = dyn_cast<DenseElementsAttr>(value))
    llvm::for_each(elements.getValues<Attribute>(), append);
  else
    append(value);
  warp.set(op->getResult(0), std::move(result));
}

/// Appends element `number` of `from`.
static void appendElement(Lanes &to, const Lanes &from, int64_t number) {
  auto begin = from.begin() + number * kWarpLanes;
  to.insert(to.end(), begin, begin + kWarpLanes);
}

static void evaluateExtract(Warp &warp, Operation *op) {
  auto extract = cast<vector::ExtractOp>(op);
  ArrayRef<int64_t> position = extract.getStaticPosition();
  if (position.size() != 1 || extract.hasDynamicPosition())
    return warp.block.report(FindingKind::Unsupported, op,
                             "expected one constant position");
  Lanes result;
  appendElement(result, *warp.get(op->getOperand(0)), position.front());
  warp.set(op->getResult(0), std::move(result));
}

static void evaluateVectorShuffle(Warp &warp, Operation *op) {
  auto shuffle = cast<vector::ShuffleOp>(op);
  const Lanes &first = *warp.get(shuffle.getV1()), &second = *warp.get(shuffle.getV2());
  int64_t size = elementsOf(shuffle.getV1().getType());
  Lanes result;
  for (int64_t number : shuffle.getMask())
    number < size ? appendElement(result, first, std::max<int64_t>(number, 0))
                  : appendElement(result, second, number - size);
  warp.set(op->getResult(0), std::move(result));
}

static void evaluateFromElements(Warp &warp, Operation *op) {
  Lanes result;
  for (Value element : op->getOperands())
    appendElement(result, *warp.get(element), 0);
  warp.set(op->getResult(0), std::move(result));
}

static void evaluateBroadcast(Warp &warp, Operation *op) {
  Lanes result;
  for (int64_t i = 0, e = elementsOf(op->getResult(0).getType()); i < e; ++i)
    appendElement(result, *warp.get(op->getOperand(0)), 0);
  warp.set(op->getResult(0), std::move(result));
}

/// Two elements to a word, the first one low.
static void evaluatePack(Warp &warp, Operation *op) {
  Half type = cast<PackOp>(op).getType();
  const Lanes &input = *warp.get(op->getOperand(0));
  Lanes result(input.size() / 2);
  for (size_t i = 0; i < result.size(); ++i) {
    size_t low = i / kWarpLanes * 2 * kWarpLanes + i % kWarpLanes;
    result[i] = encodeHalf(type, toFloat(input[low])) |
                encodeHalf(type, toFloat(input[low + kWarpLanes])) << 16;
  }
  warp.set(op->getResult(0), std::move(result));
}

static void evaluateUnpack(Warp &warp, Operation *op) {
  Half type = cast<UnpackOp>(op).getType();
  const Lanes &input = *warp.get(op->getOperand(0));
  Lanes result(2 * input.size());
  for (size_t i = 0; i < input.size(); ++i) {
    size_t low = i / kWarpLanes * 2 * kWarpLanes + i % kWarpLanes;
    result[low] = toWord(decodeHalf(type, input[i]));
    result[low + kWarpLanes] = toWord(decodeHalf(type, input[i] >> 16));
  }
  warp.set(op->getResult(0), std::move(result));
}

void fovea::simt::addArithmetic(Handlers &handlers) {
  addIntegers(handlers);
  addFloatingPoint(handlers);
  handlers[TypeID::get<arith::ConstantOp>()] = evaluateConstant;
  handlers[TypeID::get<vector::ExtractOp>()] = evaluateExtract;
  handlers[TypeID::get<vector::ShuffleOp>()] = evaluateVectorShuffle;
  handlers[TypeID::get<vector::FromElementsOp>()] = evaluateFromElements;
  handlers[TypeID::get<vector::BroadcastOp>()] = evaluateBroadcast;
  handlers[TypeID::get<PackOp>()] = evaluatePack;
  handlers[TypeID::get<UnpackOp>()] = evaluateUnpack;
}
