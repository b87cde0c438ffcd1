//===- EmitElementwise.cpp - elementwise math on a thread's values --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// An elementwise operation on tiles is the same operation on what a thread holds of
// them. Multiplications and additions may contract; exp, log, sqrt and division are the
// machine's approximations, and so is tanh where `afn` allows it.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static bool isHalf(Type type) { return type.isF16() || type.isBF16(); }

LogicalResult KernelEmitter::emitConstant(Operation *op) {
  auto constant = cast<arith::ConstantOp>(op);
  auto value = dyn_cast<DenseElementsAttr>(constant.getValue());
  if (!value || !value.isSplat())
    return op->emitOpError() << "expected a tile of one value in a GPU kernel";
  auto type = cast<VectorType>(convertType(constant.getType()));
  if (encodingOf<QueuedAttr>(constant) && type.getElementType().isInteger(32) &&
      !value.getSplatValue<APInt>().isAllOnes())
    return op->emitOpError() << "expected a top-k that begins with indices of -1";
  bind(constant.getResult(),
       arith::ConstantOp::create(
           b, DenseElementsAttr::get(type, value.getSplatValue<Attribute>())));
  return success();
}

/// The operations that have an instruction of their own, or null.
Value KernelEmitter::emitMath(Operation *op) {
  auto approx = [&](simt::Approximation function, Value input) -> Value {
    return simt::ApproxOp::create(b, input.getType(), function, input);
  };
  auto scaled = [&](Value input, double factor) -> Value {
    Value constant = arith::ConstantOp::create(
        b, DenseElementsAttr::get(cast<VectorType>(input.getType()),
                                  Attribute(b.getF32FloatAttr(factor))));
    return arith::MulFOp::create(b, input, constant, arith::FastMathFlags::contract);
  };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::Exp2Op op) {
        return approx(simt::Approximation::Exp2, lookup(op.getOperand()));
      })
      .Case([&](math::ExpOp op) {
        return approx(simt::Approximation::Exp2,
                      scaled(lookup(op.getOperand()), llvm::numbers::log2e));
      })
      .Case([&](math::Log2Op op) {
        return approx(simt::Approximation::Log2, lookup(op.getOperand()));
      })
      .Case([&](math::LogOp op) {
        return scaled(approx(simt::Approximation::Log2, lookup(op.getOperand())),
                      llvm::numbers::ln2);
      })
      .Case([&](math::SqrtOp op) {
        return approx(simt::Approximation::Sqrt, lookup(op.getOperand()));
      })
      .Case([&](math::TanhOp op) {
        bool mayBeInexact =
            bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::afn);
        return mayBeInexact ? approx(simt::Approximation::Tanh, lookup(op.getOperand()))
                            : emitTanh(lookup(op.getOperand()));
      })
      .Case([&](arith::DivFOp op) -> Value {
        Value inverse = approx(simt::Approximation::Reciprocal, lookup(op.getRhs()));
        return arith::MulFOp::create(b, lookup(op.getLhs()), inverse,
                                     arith::FastMathFlags::contract);
      })
      .Case([&](math::ErfOp op) { return emitErf(lookup(op.getOperand())); })
      .Default([](Operation *) { return Value(); });
}

/// 1 - 2 / (e^2x + 1): -1, 1 and NaN come out where they should; absolute error below
/// 2^-21.
Value KernelEmitter::emitTanh(Value x) {
  auto type = cast<VectorType>(x.getType());
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, Attribute(b.getF32FloatAttr(value))));
  };
  auto approx = [&](simt::Approximation function, Value input) -> Value {
    return simt::ApproxOp::create(b, type, function, input);
  };
  Value power = approx(simt::Approximation::Exp2,
                       arith::MulFOp::create(b, x, constant(2 * llvm::numbers::log2e)));
  Value inverse = approx(simt::Approximation::Reciprocal,
                         arith::AddFOp::create(b, power, constant(1.0)));
  Value one = constant(1.0);
  return LLVM::FMAOp::create(b, type, constant(-2.0), inverse, one);
}

/// Abramowitz and Stegun, 7.1.26: erf x = 1 - (a1 t + ... + a5 t^5) e^(-x^2) with
/// t = 1 / (1 + p x) for x >= 0, odd; absolute error below 1.5e-7.
Value KernelEmitter::emitErf(Value x) {
  constexpr double kP = 0.3275911;
  constexpr double kA[] = {0.254829592, -0.284496736, 1.421413741, -1.453152027,
                           1.061405429};
  auto type = cast<VectorType>(x.getType());
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, Attribute(b.getF32FloatAttr(value))));
  };
  auto approx = [&](simt::Approximation function, Value input) -> Value {
    return simt::ApproxOp::create(b, type, function, input);
  };
  auto fma = [&](Value p, Value q, Value r) -> Value {
    return LLVM::FMAOp::create(b, type, p, q, r);
  };
  Value size = math::AbsFOp::create(b, x);
  Value one = constant(1.0);
  Value t = approx(simt::Approximation::Reciprocal, fma(size, constant(kP), one));
  Value sum = constant(kA[4]);
  for (int64_t i = 3; i >= 0; --i)
    sum = fma(sum, t, constant(kA[i]));
  Value square = arith::MulFOp::create(b, size, size);
  Value power =
      approx(simt::Approximation::Exp2,
             arith::MulFOp::create(b, square, constant(-llvm::numbers::log2e)));
  Value product = arith::MulFOp::create(b, arith::MulFOp::create(b, sum, t), power);
  Value magnitude = arith::SubFOp::create(b, one, product);
  return math::CopySignOp::create(b, magnitude, x);
}

LogicalResult KernelEmitter::emitTruncf(Operation *op) {
  Value input = lookup(op->getOperand(0));
  Type element = tileType(op->getResult(0)).getElementType();
  Type type = convertType(op->getResult(0).getType());
  if (encodingOf<FragmentAttr>(op->getResult(0)))
    bind(op->getResult(0), simt::PackOp::create(b, type, halfOf(element), input));
  else
    bind(op->getResult(0), arith::TruncFOp::create(b, type, input));
  return success();
}

LogicalResult KernelEmitter::emitExtf(Operation *op) {
  Value input = lookup(op->getOperand(0));
  Type element = tileType(op->getOperand(0)).getElementType();
  Type type = convertType(op->getResult(0).getType());
  if (encodingOf<FragmentAttr>(op->getOperand(0)))
    bind(op->getResult(0), simt::UnpackOp::create(b, type, halfOf(element), input));
  else
    bind(op->getResult(0), arith::ExtFOp::create(b, type, input));
  return success();
}

LogicalResult KernelEmitter::emitElementwise(Operation *op) {
  if (isa<arith::ConstantOp>(op))
    return emitConstant(op);
  if (isa<arith::TruncFOp>(op))
    return emitTruncf(op);
  if (isa<arith::ExtFOp>(op))
    return emitExtf(op);
  if (auto splat = dyn_cast<tensor::SplatOp>(op)) {
    auto type = cast<VectorType>(convertType(splat.getType()));
    bind(splat, b.splat(lookup(splat.getInput()), type.getDimSize(0)));
    return success();
  }
  if (Value result = emitMath(op))
    return bind(op->getResult(0), result), success();
  bool known = isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) &&
               op->getNumResults() == 1;
  for (Type type : op->getOperandTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      known &= !isHalf(tensor.getElementType());
  if (!known)
    return op->emitOpError()
           << "expected elementwise math on f32, i32 or i1 tiles in a "
              "GPU kernel";
  OperationState state(op->getLoc(), op->getName(), lookup(op->getOperands()),
                       {convertType(op->getResult(0).getType())}, op->getAttrs());
  Operation *copy = b.create(state);
  if (auto math = dyn_cast<arith::ArithFastMathInterface>(copy))
    copy->setAttr(
        math.getFastMathAttrName(),
        arith::FastMathFlagsAttr::get(b.getContext(), arith::FastMathFlags::contract));
  bind(op->getResult(0), copy->getResult(0));
  return success();
}

/// The indices into a row's or a column's values, for each value of the whole tile.
static SmallVector<int64_t> broadcastMask(RankedTensorType type, bool alongRows) {
  SmallVector<int64_t> mask;
  if (isa<FragmentAttr>(type.getEncoding())) {
    for (int64_t e = 0; e < fragmentSize(type.getDimSize(1)); ++e)
      mask.push_back(alongRows ? fragmentHalf(e) : fragmentColumnIndex(e));
    return mask;
  }
  int64_t warps = cast<LanesAttr>(type.getEncoding()).getWarps();
  for (int64_t r = 0; r < rowsPerWarp(type.getDimSize(0), warps); ++r)
    for (int64_t k = 0; k < lanesPerRow(type.getDimSize(1)); ++k)
      mask.push_back(alongRows ? r : k);
  return mask;
}

/// A lane has columns 2 (l mod 4) and the next of every 8, and asks who holds them.
void KernelEmitter::emitLaneSpread(BroadcastOp op) {
  Value values = lookup(op.getInput());
  Value pair = b.mul(b.rem(lane, 4), 2);
  SmallVector<Value> columns;
  for (int64_t i = 0; i < tileType(op.getInput()).getDimSize(0) / 4; ++i) {
    int64_t first = i / 2 * 8 + i % 2; // of the columns beside lane 0's
    Value holder = b.add(pair, first % kLanes);
    columns.push_back(b.shuffleFrom(b.extract(values, first / kLanes), holder));
  }
  bind(op.getResult(),
       b.permute(b.fromElements(columns), broadcastMask(tileType(op.getResult()),
                                                        /*alongRows=*/false)));
}

void KernelEmitter::emitBroadcast(BroadcastOp op) {
  if (encodingOf<LaneColumnsAttr>(op.getInput()) &&
      encodingOf<FragmentAttr>(op.getResult()))
    return emitLaneSpread(op);
  bind(op.getResult(), b.permute(lookup(op.getInput()),
                                 broadcastMask(tileType(op.getResult()),
                                               /*alongRows=*/op.getAxis() == 1)));
}

/// base + i / repeat, i being the row or the column that a value belongs to.
void KernelEmitter::emitPositions(PositionsOp op) {
  Value base = b.toI32(lookup(op.getBase()));
  int64_t repeat = op.getRepeat();
  Value result = op.getResult();
  int64_t size = cast<VectorType>(convertType(result.getType())).getDimSize(0);
  ThreadNumber warpNumber(b, warp), laneNumber(b, lane);
  SmallVector<Value> elements;
  for (int64_t e = 0; e < size; ++e) {
    Value place;
    if (encodingOf<FragmentRowsAttr>(result))
      place = fragmentRow(warpNumber, laneNumber, e);
    else if (encodingOf<FragmentColumnsAttr>(result))
      place = fragmentColumn(laneNumber, e);
    else if (auto rows = encodingOf<LaneRowsAttr>(result))
      place =
          firstLaneRow(warpNumber, tileType(result).getDimSize(0), rows.getWarps()) + e;
    else
      place = b.add(lane, kLanes * e);
    elements.push_back(b.add(base, b.div(place, repeat)));
  }
  bind(result, b.fromElements(elements));
}

/// Of values in lanes: each asks who holds the one that it repeats.
void KernelEmitter::emitLaneRepeat(RepeatOp op) {
  Value values = lookup(op.getInput());
  int64_t size = tileType(op.getResult()).getDimSize(0);
  SmallVector<Value> elements;
  for (int64_t e = 0; e < lanesPerRow(size); ++e) {
    Value number = b.div(b.add(lane, kLanes * e), op.getTimes());
    elements.push_back(b.heldValue(values, number));
  }
  bind(op.getResult(), b.fromElements(elements));
}

/// A token's bit for each of its rows.
void KernelEmitter::emitRepeat(RepeatOp op) {
  if (encodingOf<LaneColumnsAttr>(op.getInput()))
    return emitLaneRepeat(op);
  Value bits = lookup(op.getInput());
  SmallVector<Value> elements;
  for (int64_t half : {0, 1}) {
    ThreadNumber row = fragmentRow(ThreadNumber(b, warp), ThreadNumber(b, lane), half);
    Value bit = b.shr(bits, b.toI64(row / int64_t(op.getTimes())));
    elements.push_back(arith::TruncIOp::create(b, b.getI1Type(), bit));
  }
  bind(op.getResult(), b.fromElements(elements));
}

} // namespace fovea::tile_to_simt
