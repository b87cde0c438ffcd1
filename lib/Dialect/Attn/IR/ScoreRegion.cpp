//===- ScoreRegion.cpp - what a spec makes of a score ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/ScoreRegion.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea::attn;

//===----------------------------------------------------------------------===//
// The list
//===----------------------------------------------------------------------===//

std::optional<ScoreOpKind> fovea::attn::getScoreOpKind(Operation *op) {
  using Kind = std::optional<ScoreOpKind>;
  using Op = ScoreOpKind;
  return llvm::TypeSwitch<Operation *, Kind>(op)
      .Case<arith::ConstantOp>([](auto) { return Op::Constant; })
      .Case<arith::AddFOp>([](auto) { return Op::AddF; })
      .Case<arith::SubFOp>([](auto) { return Op::SubF; })
      .Case<arith::MulFOp>([](auto) { return Op::MulF; })
      .Case<arith::DivFOp>([](auto) { return Op::DivF; })
      .Case<arith::NegFOp>([](auto) { return Op::NegF; })
      .Case<arith::MaxNumFOp>([](auto) { return Op::MaxNumF; })
      .Case<arith::MinNumFOp>([](auto) { return Op::MinNumF; })
      .Case<arith::CmpFOp>([](auto) { return Op::CmpF; })
      .Case<math::AbsFOp>([](auto) { return Op::AbsF; })
      .Case<math::ExpOp>([](auto) { return Op::Exp; })
      .Case<math::Exp2Op>([](auto) { return Op::Exp2; })
      .Case<math::LogOp>([](auto) { return Op::Log; })
      .Case<math::Log2Op>([](auto) { return Op::Log2; })
      .Case<math::SqrtOp>([](auto) { return Op::Sqrt; })
      .Case<math::TanhOp>([](auto) { return Op::Tanh; })
      .Case<arith::AddIOp>([](auto) { return Op::AddI; })
      .Case<arith::SubIOp>([](auto) { return Op::SubI; })
      .Case<arith::MulIOp>([](auto) { return Op::MulI; })
      .Case<arith::DivSIOp>([](auto) { return Op::DivSI; })
      .Case<arith::RemSIOp>([](auto) { return Op::RemSI; })
      .Case<arith::MinSIOp>([](auto) { return Op::MinSI; })
      .Case<arith::MaxSIOp>([](auto) { return Op::MaxSI; })
      .Case<arith::AndIOp>([](auto) { return Op::AndI; })
      .Case<arith::OrIOp>([](auto) { return Op::OrI; })
      .Case<arith::XOrIOp>([](auto) { return Op::XOrI; })
      .Case<arith::CmpIOp>([](auto) { return Op::CmpI; })
      .Case<arith::SelectOp>([](auto) { return Op::Select; })
      .Case<arith::SIToFPOp>([](auto) { return Op::SIToFP; })
      .Default([](Operation *) { return std::nullopt; });
}

bool fovea::attn::isApproximate(Operation *op) {
  auto math = dyn_cast<arith::ArithFastMathInterface>(op);
  arith::FastMathFlagsAttr flags =
      math ? math.getFastMathFlagsAttr() : arith::FastMathFlagsAttr();
  return flags &&
         arith::bitEnumContainsAll(flags.getValue(), arith::FastMathFlags::afn);
}

ScoreExtent fovea::attn::getScoreExtent(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    switch (argument.getArgNumber()) {
    case unsigned(ScoreArgument::Score):
      return ScoreExtent::Pair;
    case unsigned(ScoreArgument::Key):
      return ScoreExtent::Key;
    default:
      return ScoreExtent::Query;
    }
  }
  ScoreExtent extent = ScoreExtent::Constant;
  for (Value operand : value.getDefiningOp()->getOperands()) {
    ScoreExtent other = getScoreExtent(operand);
    if (extent == ScoreExtent::Constant)
      extent = other;
    else if (other != ScoreExtent::Constant && other != extent)
      extent = ScoreExtent::Pair;
    if (extent == ScoreExtent::Pair)
      break; // whatever the others are
  }
  return extent;
}

double fovea::attn::getScoreConstant(Operation *constant) {
  Attribute value = cast<arith::ConstantOp>(constant).getValue();
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValueAsDouble();
  auto number = cast<IntegerAttr>(value);
  return number.getType().isInteger(1) ? double(number.getValue().getZExtValue())
                                       : double(number.getValue().getSExtValue());
}

Value fovea::attn::getRegionScore(Region &region) {
  return cast<ScoreOp>(region.front().getTerminator()).getScore();
}

void fovea::attn::cloneScoreRegion(Region &from, Region &to) {
  IRMapping map;
  from.cloneInto(&to, map);
}

//===----------------------------------------------------------------------===//
// Constraints
//===----------------------------------------------------------------------===//

/// The types of the arguments of a region of `learned` learned numbers.
static SmallVector<Type> getArgumentTypes(MLIRContext *context, size_t learned) {
  Type f32 = Float32Type::get(context), i32 = IntegerType::get(context, 32);
  SmallVector<Type> types{f32, i32, i32, i32};
  types.append(learned, f32);
  return types;
}

/// Whether an operation of this kind is over i32 and no bits.
static bool takesWords(ScoreOpKind kind) {
  using Op = ScoreOpKind;
  return llvm::is_contained({Op::AddI, Op::SubI, Op::MulI, Op::DivSI, Op::RemSI,
                             Op::MinSI, Op::MaxSI, Op::CmpI, Op::SIToFP},
                            kind);
}

/// attend_c13, score_blocks_c11, branch_c8; and attend_c14, score_blocks_c12,
/// branch_c9.
static LogicalResult verifyScoreOperation(Operation *op, Operation *inner) {
  auto isScalar = [](Type type) {
    return type.isF32() || type.isSignlessInteger(32) || type.isSignlessInteger(1);
  };
  std::optional<ScoreOpKind> kind = getScoreOpKind(inner);
  if (!kind || !llvm::all_of(inner->getResultTypes(), isScalar) ||
      !llvm::all_of(inner->getOperandTypes(), isScalar) ||
      (takesWords(*kind) && !inner->getOperand(0).getType().isInteger(32))) {
    InFlightDiagnostic diagnostic = op->emitOpError()
                                    << "expected operations on scalars of f32, i32 and "
                                       "i1 in a score region, of the list that "
                                       "attn.score gives, got "
                                    << inner->getName();
    if (kind)
      diagnostic << " of other types";
    return diagnostic;
  }
  if (*kind != ScoreOpKind::DivSI && *kind != ScoreOpKind::RemSI)
    return success();
  llvm::APInt divisor;
  if (matchPattern(inner->getOperand(1), m_ConstantInt(&divisor)) &&
      divisor.isStrictlyPositive())
    return success();
  InFlightDiagnostic diagnostic =
      op->emitOpError() << "expected integers of a score region to be divided by "
                           "constants above 0, got ";
  return diagnostic << (divisor.getBitWidth() == 32
                            ? std::to_string(divisor.getSExtValue())
                            : "no constant");
}

LogicalResult fovea::attn::verifyScoreRegion(Operation *op, Region &region,
                                             size_t learned) {
  // attend_c12, score_blocks_c10, branch_c7.
  if (region.empty())
    return learned == 0 ? success()
                        : op->emitOpError()
                              << "expected learned values in a score region only, "
                                 "got "
                              << learned << " and no region";
  if (!region.hasOneBlock() || region.front().empty() ||
      !isa<ScoreOp>(region.front().back()))
    return op->emitOpError() << "expected a score region of one block that ends in "
                                "attn.score";
  SmallVector<Type> expected = getArgumentTypes(op->getContext(), learned);
  ValueRange arguments(region.getArguments());
  if (!llvm::equal(expected, arguments.getTypes()))
    return op->emitOpError() << "expected a score region with arguments ("
                             << TypeRange(expected) << "), got ("
                             << arguments.getTypes() << ")";
  for (Operation &inner : region.front().without_terminator())
    if (failed(verifyScoreOperation(op, &inner)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

void fovea::attn::nameScoreArguments(Region &region, OpAsmSetValueNameFn setName) {
  if (region.empty())
    return;
  static constexpr StringLiteral kNames[] = {"s", "query", "key", "head"};
  for (auto [argument, name] : llvm::zip(region.getArguments(), kNames))
    setName(argument, name);
}

using ParseLearned = llvm::function_ref<ParseResult()>;

/// Both forms; `parseLearned` parses what a learned number is from.
static ParseResult parseRegion(OpAsmParser &parser, Region &region,
                               ParseLearned parseLearned) {
  if (failed(parser.parseOptionalKeyword("scores")))
    return success();
  SmallVector<OpAsmParser::Argument> arguments;
  auto parseArgument = [&]() -> ParseResult {
    OpAsmParser::Argument &argument = arguments.emplace_back();
    if (parser.parseArgument(argument))
      return failure();
    if (arguments.size() <= kFirstLearned)
      return success();
    return failure(parser.parseEqual() || parseLearned());
  };
  SMLoc place = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseArgument))
    return failure();
  if (arguments.size() < kFirstLearned)
    return parser.emitError(place)
           << "expected a score, a query, a key and a head, got " << arguments.size()
           << " arguments";
  SmallVector<Type> types =
      getArgumentTypes(parser.getContext(), arguments.size() - kFirstLearned);
  for (auto [argument, type] : llvm::zip_equal(arguments, types))
    argument.type = type;
  // The operations are isolated: names outside are free.
  return parser.parseRegion(region, arguments, /*enableNameShadowing=*/true);
}

static void printRegion(OpAsmPrinter &printer, Region &region,
                        llvm::function_ref<void(unsigned)> printLearned) {
  if (region.empty())
    return;
  printer << " scores(";
  llvm::interleaveComma(region.getArguments(), printer, [&](BlockArgument argument) {
    printer.printOperand(argument);
    if (argument.getArgNumber() < kFirstLearned)
      return;
    printer << " = ";
    printLearned(argument.getArgNumber() - kFirstLearned);
  });
  printer << ") ";
  printer.printRegion(region, /*printEntryBlockArgs=*/false);
}

ParseResult
fovea::attn::parseScoreRegion(OpAsmParser &parser,
                              SmallVectorImpl<OpAsmParser::UnresolvedOperand> &learned,
                              SmallVectorImpl<Type> &types, Region &region) {
  return parseRegion(parser, region, [&]() -> ParseResult {
    return failure(parser.parseOperand(learned.emplace_back()) ||
                   parser.parseColonType(types.emplace_back()));
  });
}

void fovea::attn::printScoreRegion(OpAsmPrinter &printer, Operation *,
                                   OperandRange learned, TypeRange types,
                                   Region &region) {
  printRegion(printer, region,
              [&](unsigned i) { printer << learned[i] << " : " << types[i]; });
}

ParseResult fovea::attn::parseBranchScoreRegion(OpAsmParser &parser, ArrayAttr &learned,
                                                Region &region) {
  SmallVector<Attribute> names;
  if (parseRegion(parser, region, [&]() -> ParseResult {
        StringAttr name;
        if (parser.parseAttribute(name))
          return failure();
        names.push_back(name);
        return success();
      }))
    return failure();
  if (!names.empty())
    learned = parser.getBuilder().getArrayAttr(names);
  return success();
}

void fovea::attn::printBranchScoreRegion(OpAsmPrinter &printer, Operation *,
                                         ArrayAttr learned, Region &region) {
  printRegion(printer, region, [&](unsigned i) { printer << learned[i]; });
}
