//===- TileVisits.cpp - streams of key blocks, and loops ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Dialect/Tile/IR/TileType.h"

#include "LoopAssembly.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;

#include "fovea/Dialect/Tile/IR/TileOpInterfaces.cpp.inc"

//===----------------------------------------------------------------------===//
// Producers
//===----------------------------------------------------------------------===//

std::optional<int64_t> VisitRangeOp::getTokens() { return std::nullopt; }
ValueRange VisitRangeOp::getSearched() { return {}; }

bool VisitRangeOp::isKnownEmpty() {
  APInt begin, end;
  return getBegin() == getEnd() ||
         (matchPattern(getBegin(), m_ConstantInt(&begin)) &&
          matchPattern(getEnd(), m_ConstantInt(&end)) && begin.sge(end));
}

std::optional<int64_t> VisitListsOp::getTokens() {
  return tileType(getLists()).getDimSize(0);
}
ValueRange VisitListsOp::getSearched() { return getODSOperands(0); }

//===----------------------------------------------------------------------===//
// The loop
//===----------------------------------------------------------------------===//

void ForVisitsOp::build(OpBuilder &builder, OperationState &state, Value visits,
                        int64_t tokens, int64_t heads, ValueRange inits) {
  build(builder, state, visits, RankedTensorType::get({tokens}, builder.getI1Type()),
        heads, inits);
}

void ForVisitsOp::build(OpBuilder &builder, OperationState &state, Value visits,
                        Type tokenMask, int64_t heads, ValueRange inits) {
  state.addOperands(visits);
  state.addOperands(inits);
  state.addTypes(inits.getTypes());
  state.addAttribute(getHeadsAttrName(state.name), builder.getI64IntegerAttr(heads));
  Block *body = new Block;
  state.addRegion()->push_back(body);
  body->addArgument(builder.getIndexType(), state.location);
  body->addArgument(tokenMask, state.location);
  body->addArgument(builder.getI1Type(), state.location);
  for (Value init : inits)
    body->addArgument(init.getType(), state.location);
}

VisitsOpInterface ForVisitsOp::getProducer() {
  return getVisits().getDefiningOp<VisitsOpInterface>();
}

bool ForVisitsOp::visitsAllTokens() {
  VisitsOpInterface producer = getProducer();
  return producer && !producer.getTokens();
}

bool ForVisitsOp::isSearched() {
  VisitsOpInterface producer = getProducer();
  return producer && !producer.getSearched().empty();
}

/// visits, heads, then as every loop.
ParseResult ForVisitsOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand visits;
  if (parser.parseOperand(visits) ||
      parser.resolveOperand(visits, VisitsType::get(parser.getContext()),
                            result.operands))
    return failure();
  int64_t heads = 1;
  if (succeeded(parser.parseOptionalKeyword("heads")) && parser.parseInteger(heads))
    return failure();
  result.addAttribute(getHeadsAttrName(result.name),
                      parser.getBuilder().getI64IntegerAttr(heads));
  if (parseLoop(parser, result))
    return failure();
  ensureTerminator(*result.regions.front(), parser.getBuilder(), result.location);
  return success();
}

void ForVisitsOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getVisits();
  if (getHeads() != 1)
    printer << " heads " << getHeads();
  printLoop(printer, *this, /*numArgs=*/3, getInits(), {getHeadsAttrName()});
}

LogicalResult ForVisitsOp::verify() {
  Block &body = getBody().front();
  auto mask = body.getNumArguments() >= 3
                  ? dyn_cast<RankedTensorType>(body.getArgument(1).getType())
                  : RankedTensorType();
  if (!mask || mask.getRank() != 1 || mask.getDimSize(0) < 1 ||
      mask.getDimSize(0) > kMaxTileElements || !mask.getElementType().isInteger(1) ||
      !body.getArgument(0).getType().isIndex() ||
      !body.getArgument(2).getType().isInteger(1) ||
      !llvm::equal(TypeRange(body.getArgumentTypes()).drop_front(3),
                   getInits().getTypes())) // for_visits_c1
    return emitOpError() << "expected body arguments (index, tensor<Nxi1>, i1) and the "
                            "carried values, got ("
                         << body.getArgumentTypes() << ")";
  VisitsOpInterface producer = getProducer();
  std::optional<int64_t> tokens = producer ? producer.getTokens() : std::nullopt;
  if (!tokens)
    return success();
  if (*tokens != mask.getDimSize(0)) // for_visits_c3
    return emitOpError() << "expected a token mask of the " << *tokens
                         << " tokens that the visits tell apart, got one of "
                         << mask.getDimSize(0);
  int64_t heads = getHeads(), rows = *tokens * heads;
  for (Value init : getInits())
    if (RankedTensorType tile = tileType(init);
        tile && tile.getDimSize(0) != rows) // for_visits_c5
      return emitOpError() << "expected carried tiles of " << *tokens << " tokens of "
                           << heads << " heads, " << rows << " rows, got " << tile;
  return success();
}

LogicalResult ForVisitsOp::verifyRegions() {
  TypeRange yielded = getBody().front().getTerminator()->getOperandTypes();
  if (!llvm::equal(yielded, getResultTypes())) // for_visits_c2
    return emitOpError() << "expected the yield to have the carried types ("
                         << getResultTypes() << "), got (" << yielded << ")";
  return success();
}

/// A loop over no block at all gives its initial values.
static LogicalResult dropEmptyLoop(ForVisitsOp loop, PatternRewriter &rewriter) {
  VisitsOpInterface producer = loop.getProducer();
  if (!producer || !producer.isKnownEmpty())
    return rewriter.notifyMatchFailure(loop, "there may be a block to visit");
  rewriter.replaceOp(loop, loop.getInits());
  return success();
}

void ForVisitsOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  patterns.add(dropEmptyLoop);
}
