//===- Elementwise.cpp - arith and math on scalars and tiles --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace fovea::tile;

namespace {
using FloatFunction = float (*)(float, float);
using IntFunction = int64_t (*)(int64_t, int64_t);

/// An operand: a scalar, or the elements of a tile.
struct Operand {
  Operand(Value value, Operation *op, Machine &machine)
      : width(getElementTypeOrSelf(value.getType()).isIndex()
                  ? 64
                  : getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth()) {
    if (isa<RankedTensorType>(value.getType()))
      valid = bool(tile = machine.tile(value, op));
    else if (auto *number = std::get_if<float>(&machine.get(value)))
      scalarFloat = *number;
    else
      scalarInt = machine.integer(value);
  }
  float asFloat(int64_t i) const { return tile ? tile->floats[i] : scalarFloat; }
  int64_t asInt(int64_t i) const { return tile ? tile->ints[i] : scalarInt; }
  uint64_t asUnsigned(int64_t i) const {
    uint64_t value = asInt(i);
    return width == 64 ? value : value & ((uint64_t(1) << width) - 1);
  }

  TileRef tile;
  float scalarFloat = 0;
  int64_t scalarInt = 0;
  unsigned width;
  bool valid = true;
};

/// How a result becomes a value of its type.
struct Conversion {
  explicit Conversion(Type type)
      : rounded(type.isBF16()  ? fovea::ElementType::BF16
                : type.isF16() ? fovea::ElementType::F16
                               : fovea::ElementType::F32),
        isBit(type.isInteger(1)), isWord(type.isInteger(32)) {}

  float operator()(float value) const {
    return rounded == fovea::ElementType::F32 ? value
                                              : float(fovea::roundTo(rounded, value));
  }
  int64_t operator()(int64_t value) const {
    return isBit ? value & 1 : isWord ? int64_t(int32_t(value)) : value;
  }

  fovea::ElementType rounded; ///< F32: as it is
  bool isBit, isWord;
};
} // namespace

/// Sets the result to what `element(i)` gives, a float or an integer.
template <typename Element>
static void fill(Operation *op, Machine &machine, Element element) {
  using Number = decltype(element(0));
  Type type = op->getResult(0).getType();
  Conversion convert(getElementTypeOrSelf(type));
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return machine.set(op->getResult(0), Datum(convert(element(0))));
  auto tile = std::make_shared<Tile>(tensor);
  auto [begin, end] = machine.ownElements(tensor);
  for (int64_t i = begin; i < end; ++i)
    if constexpr (std::is_same_v<Number, float>)
      tile->floats[i] = convert(element(i));
    else
      tile->ints[i] = convert(element(i));
  machine.set(op->getResult(0), TileRef(tile));
}

static float maxNumber(float x, float y) { return std::fmax(x, y); }
static float minNumber(float x, float y) { return std::fmin(x, y); }
static float maximum(float x, float y) {
  return std::isnan(x) || std::isnan(y) ? NAN : std::fmax(x, y);
}
static float minimum(float x, float y) {
  return std::isnan(x) || std::isnan(y) ? NAN : std::fmin(x, y);
}

/// Of one or two floats; of one, the second is ignored.
static FloatFunction floatFunction(Operation *op) {
  using F = FloatFunction;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](arith::AddFOp) -> F { return [](float x, float y) { return x + y; }; })
      .Case([](arith::SubFOp) -> F { return [](float x, float y) { return x - y; }; })
      .Case([](arith::MulFOp) -> F { return [](float x, float y) { return x * y; }; })
      .Case([](arith::DivFOp) -> F { return [](float x, float y) { return x / y; }; })
      .Case([](arith::MaxNumFOp) -> F { return maxNumber; })
      .Case([](arith::MinNumFOp) -> F { return minNumber; })
      .Case([](arith::MaximumFOp) -> F { return maximum; })
      .Case([](arith::MinimumFOp) -> F { return minimum; })
      .Case([](arith::NegFOp) -> F { return [](float x, float) { return -x; }; })
      .Case<arith::ExtFOp, arith::TruncFOp>(
          [](auto) -> F { return [](float x, float) { return x; }; })
      .Case(
          [](math::Exp2Op) -> F { return [](float x, float) { return std::exp2(x); }; })
      .Case([](math::ExpOp) -> F { return [](float x, float) { return std::exp(x); }; })
      .Case(
          [](math::Log2Op) -> F { return [](float x, float) { return std::log2(x); }; })
      .Case([](math::LogOp) -> F { return [](float x, float) { return std::log(x); }; })
      .Case([](math::ErfOp) -> F { return [](float x, float) { return std::erf(x); }; })
      .Case(
          [](math::TanhOp) -> F { return [](float x, float) { return std::tanh(x); }; })
      .Case(
          [](math::SqrtOp) -> F { return [](float x, float) { return std::sqrt(x); }; })
      .Case(
          [](math::AbsFOp) -> F { return [](float x, float) { return std::fabs(x); }; })
      .Default([](Operation *) -> F { return nullptr; });
}

static int64_t divideOrZero(int64_t x, int64_t y) { return y ? x / y : 0; }

/// Of two signed integers.
static IntFunction intFunction(Operation *op) {
  using F = IntFunction;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case(
          [](arith::AddIOp) -> F { return [](int64_t x, int64_t y) { return x + y; }; })
      .Case(
          [](arith::SubIOp) -> F { return [](int64_t x, int64_t y) { return x - y; }; })
      .Case(
          [](arith::MulIOp) -> F { return [](int64_t x, int64_t y) { return x * y; }; })
      .Case(
          [](arith::AndIOp) -> F { return [](int64_t x, int64_t y) { return x & y; }; })
      .Case(
          [](arith::OrIOp) -> F { return [](int64_t x, int64_t y) { return x | y; }; })
      .Case(
          [](arith::XOrIOp) -> F { return [](int64_t x, int64_t y) { return x ^ y; }; })
      .Case([](arith::MinSIOp) -> F {
        return [](int64_t x, int64_t y) { return std::min(x, y); };
      })
      .Case([](arith::MaxSIOp) -> F {
        return [](int64_t x, int64_t y) { return std::max(x, y); };
      })
      .Case([](arith::DivSIOp) -> F { return divideOrZero; })
      .Case([](arith::RemSIOp) -> F {
        return [](int64_t x, int64_t y) { return y ? x % y : 0; };
      })
      .Default([](Operation *) -> F { return nullptr; });
}

/// Of two integers without sign.
static IntFunction unsignedFunction(Operation *op) {
  using F = IntFunction;
  using U = uint64_t;
  return llvm::TypeSwitch<Operation *, F>(op)
      .Case([](arith::DivUIOp) -> F {
        return [](int64_t x, int64_t y) { return y ? int64_t(U(x) / U(y)) : 0; };
      })
      .Case([](arith::RemUIOp) -> F {
        return [](int64_t x, int64_t y) { return y ? int64_t(U(x) % U(y)) : 0; };
      })
      .Case([](arith::MinUIOp) -> F {
        return [](int64_t x, int64_t y) { return int64_t(std::min(U(x), U(y))); };
      })
      .Case([](arith::MaxUIOp) -> F {
        return [](int64_t x, int64_t y) { return int64_t(std::max(U(x), U(y))); };
      })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>(
          [](auto) -> F { return [](int64_t x, int64_t) { return x; }; })
      .Default([](Operation *) -> F { return nullptr; });
}

static bool compareInts(arith::CmpIPredicate predicate, const Operand &x,
                        const Operand &y, int64_t i) {
  using P = arith::CmpIPredicate;
  int64_t a = x.asInt(i), b = y.asInt(i);
  switch (predicate) {
  case P::eq:
    return a == b;
  case P::ne:
    return a != b;
  case P::slt:
    return a < b;
  case P::sle:
    return a <= b;
  case P::sgt:
    return a > b;
  case P::sge:
    return a >= b;
  default:
    return arith::applyCmpPredicate(predicate, llvm::APInt(64, x.asUnsigned(i)),
                                    llvm::APInt(64, y.asUnsigned(i)));
  }
}

static bool evaluateChoice(Operation *op, ArrayRef<Operand> x, Machine &machine) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    fill(op, machine, [&, predicate = compare.getPredicate()](int64_t i) {
      return int64_t(compareInts(predicate, x[0], x[1], i));
    });
  } else if (auto compare = dyn_cast<arith::CmpFOp>(op)) {
    fill(op, machine, [&, predicate = compare.getPredicate()](int64_t i) {
      return int64_t(arith::applyCmpPredicate(predicate, llvm::APFloat(x[0].asFloat(i)),
                                              llvm::APFloat(x[1].asFloat(i))));
    });
  } else if (isa<arith::SelectOp>(op)) {
    if (isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())))
      fill(op, machine, [&](int64_t i) { return x[x[0].asInt(i) ? 1 : 2].asFloat(i); });
    else
      fill(op, machine, [&](int64_t i) { return x[x[0].asInt(i) ? 1 : 2].asInt(i); });
  } else {
    return false;
  }
  return true;
}

static bool evaluateConversion(Operation *op, ArrayRef<Operand> x, Machine &machine) {
  if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(op))
    fill(op, machine, [&](int64_t i) {
      int64_t value = x[0].asInt(i);
      return isa<arith::ExtSIOp>(op) && x[0].width == 1 ? -value : value;
    });
  else if (isa<arith::SIToFPOp>(op))
    fill(op, machine, [&](int64_t i) { return float(x[0].asInt(i)); });
  else if (isa<arith::UIToFPOp>(op))
    fill(op, machine, [&](int64_t i) { return float(x[0].asUnsigned(i)); });
  else if (isa<arith::FPToSIOp>(op))
    fill(op, machine, [&](int64_t i) { return int64_t(x[0].asFloat(i)); });
  else if (isa<tensor::SplatOp>(op) && isa<FloatType>(op->getOperand(0).getType()))
    fill(op, machine, [&](int64_t) { return x[0].scalarFloat; });
  else if (isa<tensor::SplatOp>(op))
    fill(op, machine, [&](int64_t) { return x[0].scalarInt; });
  else
    return false;
  return true;
}

/// Constants of tiles are made once: loops meet them again and again.
static void evaluateConstant(arith::ConstantOp op, Machine &machine) {
  if (auto number = dyn_cast<FloatAttr>(op.getValue()))
    return machine.set(op, float(number.getValueAsDouble()));
  if (auto number = dyn_cast<IntegerAttr>(op.getValue())) {
    int64_t value = number.getType().isInteger(1) ? number.getValue().getZExtValue()
                                                  : number.getValue().getSExtValue();
    return machine.set(op, value);
  }
  TileRef &known = machine.world.constants[op];
  if (!known) {
    auto elements = cast<DenseElementsAttr>(op.getValue());
    auto tile = std::make_shared<Tile>(cast<RankedTensorType>(op.getType()));
    if (tile->isFloat)
      for (auto [i, value] : llvm::enumerate(elements.getValues<llvm::APFloat>()))
        tile->floats[i] =
            FloatAttr::get(elements.getElementType(), value).getValueAsDouble();
    else
      for (auto [i, value] : llvm::enumerate(elements.getValues<llvm::APInt>()))
        tile->ints[i] =
            value.getBitWidth() == 1 ? value.getZExtValue() : value.getSExtValue();
    known = tile;
  }
  machine.set(op, known);
}

bool fovea::tile::evaluateElementwise(Operation *op, Machine &machine) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return evaluateConstant(constant, machine), true;
  if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) &&
      !isa<tensor::SplatOp>(op))
    return false;
  SmallVector<Operand, 3> x;
  for (Value value : op->getOperands())
    x.emplace_back(value, op, machine);
  if (!llvm::all_of(x, [](const Operand &operand) { return operand.valid; }))
    return true; // a finding
  size_t second = x.size() - 1;
  if (FloatFunction function = floatFunction(op))
    fill(op, machine,
         [&](int64_t i) { return function(x[0].asFloat(i), x[second].asFloat(i)); });
  else if (IntFunction function = intFunction(op))
    fill(op, machine,
         [&](int64_t i) { return function(x[0].asInt(i), x[1].asInt(i)); });
  else if (IntFunction function = unsignedFunction(op))
    fill(op, machine, [&](int64_t i) {
      return function(x[0].asUnsigned(i), x[second].asUnsigned(i));
    });
  else
    return evaluateChoice(op, x, machine) || evaluateConversion(op, x, machine);
  return true;
}
