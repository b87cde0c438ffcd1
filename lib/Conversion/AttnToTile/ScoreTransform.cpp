//===- ScoreTransform.cpp - a score region on tiles -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/ScoreTransform.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace fovea;
using attn::ScoreExtent;
using attn::ScoreOpKind;

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

namespace {
/// `base` times `factor`.
struct Scaled {
  Value base;
  double factor;
};
} // namespace

/// A factor whose product with any other of its kind, or with log2 e, is a normal f32.
static bool isSafeFactor(double factor) {
  double size = std::fabs(factor);
  return size >= 0x1p-40 && size <= 0x1p40;
}

static std::optional<Scaled> getMultiplication(Operation *op);

/// The number that a value of f32 is: a constant, or one times others.
static std::optional<double> getConstant(Value value) {
  if (!value.getType().isF32() || attn::getScoreExtent(value) != ScoreExtent::Constant)
    return std::nullopt;
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    return attn::getScoreConstant(constant);
  std::optional<Scaled> times = getMultiplication(value.getDefiningOp());
  std::optional<double> base = times ? getConstant(times->base) : std::nullopt;
  return base ? std::optional(*base * times->factor) : std::nullopt;
}

/// What `op` multiplies one of its operands by, and the operand, where that is all.
static std::optional<Scaled> getMultiplication(Operation *op) {
  switch (*attn::getScoreOpKind(op)) {
  case ScoreOpKind::NegF:
    return Scaled{op->getOperand(0), -1};
  case ScoreOpKind::MulF:
    for (unsigned i : {0, 1})
      if (std::optional<double> factor = getConstant(op->getOperand(i)))
        return Scaled{op->getOperand(1 - i), *factor};
    return std::nullopt;
  case ScoreOpKind::DivF:
    if (std::optional<double> divisor = getConstant(op->getOperand(1)))
      return Scaled{op->getOperand(0), 1 / *divisor};
    return std::nullopt;
  default:
    return std::nullopt;
  }
}

/// `value`, which differs from pair to pair, without the constants that multiply it.
static Scaled getScaled(Value value, double scale) {
  if (isa<BlockArgument>(value))
    return {value, scale};
  std::optional<Scaled> times = getMultiplication(value.getDefiningOp());
  if (!times || !isSafeFactor(times->factor))
    return {value, 1};
  Scaled inner = getScaled(times->base, scale);
  double factor = inner.factor * times->factor;
  // The product itself may have any factor; it is the scale, then.
  return isSafeFactor(factor) ? Scaled{inner.base, factor} : Scaled{value, 1};
}

/// What softmax may take over of the region's last factors.
static Scaled getResult(Region &region, double scale) {
  Value score = attn::getRegionScore(region);
  if (attn::getScoreExtent(score) != ScoreExtent::Pair)
    return {score, 1};
  Scaled result = getScaled(score, scale);
  return result.factor > 0 ? result : Scaled{score, 1};
}

/// A derivative without its factor; of a number nothing is left.
static Scaled getDerivative(Value derivative, double scale) {
  if (std::optional<double> number = getConstant(derivative))
    return {Value(), *number};
  return attn::getScoreExtent(derivative) == ScoreExtent::Pair
             ? getScaled(derivative, scale)
             : Scaled{derivative, 1};
}

double ScoreTransform::getFactor(const ScoreCode &code, double scale) {
  return code.isEmpty() ? scale : getResult(*code.region, scale).factor;
}

double ScoreTransform::getDerivativeFactor(const ScoreCode &code, size_t i,
                                           double scale) {
  return code.isEmpty() ? 1 : getDerivative(code.derivatives[i], scale).factor;
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

ScoreTransform::ScoreTransform(TileBuilder &b, const QueryTile &tile,
                               const ScoreLayout &layout, ScoreCode code, double scale)
    : b(b), tile(tile), layout(layout), code(std::move(code)), scale(scale) {
  if (this->code.isEmpty())
    return;
  for (BlockArgument argument : this->code.region->getArguments())
    if (attn::getScoreExtent(argument) == ScoreExtent::Query && !argument.use_empty())
      rows[argument] = emitArgument(argument);
  emitAll(ScoreExtent::Query, rows);
}

Value ScoreTransform::emitArgument(BlockArgument argument) const {
  switch (unsigned number = argument.getArgNumber()) {
  case unsigned(attn::ScoreArgument::Query):
    return tile.rowPositions(b);
  case unsigned(attn::ScoreArgument::Head):
    return tile.rowHeads(b);
  default:
    return tile.loadPerHead(b, code.learned[number - attn::kFirstLearned]);
  }
}

Value ScoreTransform::getArgument(attn::ScoreArgument argument) const {
  return code.region->getArgument(unsigned(argument));
}

Value ScoreTransform::use(Value value, ScoreExtent extent, Tiles &tiles) const {
  SmallVector<int64_t, 2> shape = layout.getShape();
  if (extent == ScoreExtent::Query)
    shape = {layout.queries};
  else if (extent == ScoreExtent::Key)
    shape = {layout.keys};
  auto type = RankedTensorType::get(shape, value.getType());
  ScoreExtent own = attn::getScoreExtent(value);
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, Attribute(constant.getValue())));
  if (own == ScoreExtent::Pair) {
    Scaled scaled = getScaled(value, scale);
    Value base = getTile(scaled.base, tiles);
    return scaled.factor == 1 ? base
                              : b.mulf(base, b.constantLike(base, scaled.factor));
  }
  if (own == ScoreExtent::Constant) // of constants alone: small, and emitted anew
    return emitOp(value.getDefiningOp(), extent, tiles);
  bool isKey = own == ScoreExtent::Key;
  Value found = isKey ? tiles.lookup(value) : rows.lookup(value);
  if (extent != ScoreExtent::Pair)
    return found;
  return isKey ? layout.spreadKeys(b, found) : layout.spreadQueries(b, found);
}

Value ScoreTransform::emitOp(Operation *op, ScoreExtent extent, Tiles &tiles) const {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(use(operand, extent, tiles));
  Type type = RankedTensorType::get(TileBuilder::typeOf(operands.back()).getShape(),
                                    op->getResult(0).getType());
  OperationState state(b.getLoc(), op->getName(), operands, type, op->getAttrs());
  Operation *copy = b.create(state);
  // Of fast-math flags, `afn` alone means something here.
  if (auto math = dyn_cast<arith::ArithFastMathInterface>(copy))
    copy->setAttr(math.getFastMathAttrName(),
                  arith::FastMathFlagsAttr::get(b.getContext(),
                                                attn::isApproximate(op)
                                                    ? arith::FastMathFlags::afn
                                                    : arith::FastMathFlags::none));
  return copy->getResult(0);
}

void ScoreTransform::emitAll(ScoreExtent extent, Tiles &tiles, Operation *last) const {
  for (Operation &op : code.region->front().without_terminator()) {
    Value result = op.getResult(0);
    if (attn::getScoreExtent(result) != extent)
      continue;
    if (last && last->isBeforeInBlock(&op))
      break;
    if (extent == ScoreExtent::Pair && getScaled(result, scale).base != result)
      continue; // a factor, which is applied where the value is used
    tiles[result] = emitOp(&op, extent, tiles);
  }
}

Value ScoreTransform::getTile(Value base, Tiles &tiles) const {
  if (attn::getScoreExtent(base) != ScoreExtent::Pair)
    return use(base, ScoreExtent::Pair, tiles);
  Value tile = tiles.lookup(base);
  if (!tile) {
    tile = emitOp(base.getDefiningOp(), ScoreExtent::Pair, tiles);
    tiles[base] = tile;
  }
  return tile;
}

ScoreValues ScoreTransform::emit(Value products,
                                 llvm::function_ref<Value()> emitPositions) const {
  ScoreValues values;
  values.score = products;
  if (code.isEmpty())
    return values;
  Tiles &tiles = values.tiles;
  tiles[getArgument(attn::ScoreArgument::Score)] = products;
  Value key = getArgument(attn::ScoreArgument::Key);
  if (!key.use_empty())
    tiles[key] = emitPositions();
  emitAll(ScoreExtent::Key, tiles);
  Value score = getResult(*code.region, scale).base;
  emitAll(ScoreExtent::Pair, tiles, score.getDefiningOp());
  values.score = getTile(score, tiles);
  return values;
}

Value ScoreTransform::emitDerivative(ScoreValues &values, size_t i) const {
  if (code.isEmpty())
    return {};
  Value base = getDerivative(code.derivatives[i], scale).base;
  return base ? getTile(base, values.tiles) : Value();
}
