//===- TileOps.cpp - verifiers of the tile operations ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

#include <algorithm>

using namespace mlir;
using namespace fovea::tile;

#define GET_OP_CLASSES
#include "fovea/Dialect/Tile/IR/TileOps.cpp.inc"

static RankedTensorType tileType(Value value) {
  return cast<RankedTensorType>(value.getType());
}
static int64_t rows(Value tile) { return tileType(tile).getDimSize(0); }
static int64_t cols(Value tile) { return tileType(tile).getDimSize(1); }

//===----------------------------------------------------------------------===//
// load, store
//===----------------------------------------------------------------------===//

/// What load and store share: constraints c1 to c4.
static LogicalResult verifyBox(Operation *op, Value view, size_t offsets,
                               ArrayRef<int64_t> sizes, int64_t step, Value tile) {
  auto viewType = cast<MemRefType>(view.getType());
  size_t rank = viewType.getRank();
  if (offsets != rank || sizes.size() != rank) // c1
    return op->emitOpError() << "expected " << rank << " offsets and sizes, got "
                             << offsets << " and " << sizes.size();
  if (step < 1 || llvm::any_of(sizes, [](int64_t size) { return size < 1; })) // c4
    return op->emitOpError() << "expected sizes and step to be at least 1";
  RankedTensorType type = tileType(tile);
  SmallVector<int64_t> box;
  if (type.getRank() == 2) {
    box = {llvm::product_of(sizes.drop_back()), sizes.back()};
  } else {
    box = {llvm::product_of(sizes)};
  }
  if (type.getShape() != ArrayRef(box)) // c2
    return op->emitOpError() << "expected a tile of the box's shape, got " << type;
  if (type.getElementType() != viewType.getElementType()) // c3
    return op->emitOpError() << "expected one element type, got " << type << " and "
                             << viewType;
  return success();
}

LogicalResult LoadOp::verify() {
  return verifyBox(*this, getView(), getOffsets().size(), getSizes(), getStep(),
                   getTile());
}

LogicalResult StoreOp::verify() {
  return verifyBox(*this, getView(), getOffsets().size(), getSizes(), getStep(),
                   getTile());
}

//===----------------------------------------------------------------------===//
// compute
//===----------------------------------------------------------------------===//

LogicalResult DotOp::verify() {
  int64_t inner = getTransposeRhs() ? cols(getRhs()) : rows(getRhs());
  int64_t columns = getTransposeRhs() ? rows(getRhs()) : cols(getRhs());
  if (cols(getLhs()) != inner) // dot_c1
    return emitOpError() << "expected inner dims to agree, got " << cols(getLhs())
                         << " and " << inner;
  if (rows(getResult()) != rows(getLhs()) || cols(getResult()) != columns) // dot_c2
    return emitOpError() << "expected a result of " << rows(getLhs()) << " x "
                         << columns << ", got " << getResult().getType();
  return success();
}

LogicalResult ReduceOp::verify() {
  RankedTensorType input = tileType(getInput());
  int64_t axis = getAxis();
  if (axis >= input.getRank()) // reduce_c1
    return emitOpError() << "expected axis below rank " << input.getRank() << ", got "
                         << axis;
  SmallVector<int64_t> shape(input.getShape());
  if (std::optional<int64_t> group = getGroup()) {
    if (*group < 1 || shape[axis] % *group != 0) // reduce_c2
      return emitOpError() << "expected the group to divide the axis, got " << *group
                           << " and " << shape[axis];
    shape[axis] /= *group;
  } else {
    if (input.getRank() != 2)
      return emitOpError() << "expected a tile of rank 2 without `by`, got " << input;
    shape.erase(shape.begin() + axis);
  }
  if (tileType(getResult()).getShape() != ArrayRef(shape)) // reduce_c3
    return emitOpError() << "expected the reduced shape, got " << getResult().getType();
  if (!input.getElementType().isF32() ||
      tileType(getResult()).getElementType() != input.getElementType()) // reduce_c4
    return emitOpError() << "expected f32 elements, got " << input << " and "
                         << getResult().getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType result = tileType(getResult());
  if (result.getRank() != 2 || result.getDimSize(1 - getAxis()) != rows(getInput()) ||
      result.getElementType() != tileType(getInput()).getElementType()) // broadcast_c1
    return emitOpError() << "expected " << getInput().getType()
                         << " to fit the axis that stays, got " << result;
  return success();
}

LogicalResult RepeatOp::verify() {
  if (rows(getResult()) != rows(getInput()) * int64_t(getTimes()) || // repeat_c1
      tileType(getResult()).getElementType() != tileType(getInput()).getElementType())
    return emitOpError() << "expected a result " << getTimes() << " times as long, got "
                         << getInput().getType() << " and " << getResult().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// for_visits
//===----------------------------------------------------------------------===//

void ForVisitsOp::build(OpBuilder &builder, OperationState &state, Value visits,
                        int64_t tokens, ValueRange inits) {
  state.addOperands(visits);
  state.addOperands(inits);
  state.addTypes(inits.getTypes());
  Block *body = new Block;
  state.addRegion()->push_back(body);
  Type i1 = builder.getI1Type();
  body->addArgument(builder.getIndexType(), state.location);
  body->addArgument(RankedTensorType::get({tokens}, i1), state.location);
  body->addArgument(i1, state.location);
  for (Value init : inits)
    body->addArgument(init.getType(), state.location);
}

/// visits `:` `(` args `)` (`carry` `(` arg `=` init `:` type, … `)`)? attrs region
ParseResult ForVisitsOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand visits;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseOperand(visits) || parser.parseColon() ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.resolveOperand(visits, VisitsType::get(parser.getContext()),
                            result.operands))
    return failure();
  auto parseCarried = [&]() -> ParseResult {
    OpAsmParser::UnresolvedOperand init;
    OpAsmParser::Argument &arg = arguments.emplace_back();
    if (parser.parseArgument(arg) || parser.parseEqual() || parser.parseOperand(init) ||
        parser.parseColonType(arg.type) ||
        parser.resolveOperand(init, arg.type, result.operands))
      return failure();
    result.addTypes(arg.type);
    return success();
  };
  if (succeeded(parser.parseOptionalKeyword("carry")) &&
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseCarried))
    return failure();
  Region *body = result.addRegion();
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*body, arguments))
    return failure();
  ensureTerminator(*body, parser.getBuilder(), result.location);
  return success();
}

void ForVisitsOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getVisits() << " : (";
  llvm::interleaveComma(getBody().getArguments().take_front(3), printer,
                        [&](BlockArgument arg) { printer.printRegionArgument(arg); });
  printer << ")";
  if (!getInits().empty()) {
    printer << " carry(";
    llvm::interleaveComma(llvm::zip(getCarried(), getInits()), printer, [&](auto pair) {
      auto [arg, init] = pair;
      printer << arg << " = " << init << " : " << init.getType();
    });
    printer << ")";
  }
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false,
                      /*printBlockTerminators=*/!getInits().empty());
}

LogicalResult ForVisitsOp::verify() {
  Block &body = getBody().front();
  auto mask = body.getNumArguments() >= 3
                  ? dyn_cast<RankedTensorType>(body.getArgument(1).getType())
                  : RankedTensorType();
  if (!mask || mask.getRank() != 1 || !mask.getElementType().isInteger(1) ||
      !body.getArgument(0).getType().isIndex() ||
      !body.getArgument(2).getType().isInteger(1) ||
      !llvm::equal(TypeRange(body.getArgumentTypes()).drop_front(3),
                   getInits().getTypes())) // for_visits_c1
    return emitOpError() << "expected body arguments (index, tensor<?xi1>, i1) and the "
                            "carried values, got ("
                         << body.getArgumentTypes() << ")";
  if (!llvm::equal(body.getTerminator()->getOperandTypes(), getResultTypes()))
    return emitOpError() << "expected the yield to have the carried types, got ("
                         << body.getTerminator()->getOperandTypes() << ")"; // c2
  if (auto lists = getVisits().getDefiningOp<VisitListsOp>())
    if (rows(lists.getLists()) != mask.getDimSize(0)) // for_visits_c3
      return emitOpError() << "expected one token per list, got "
                           << mask.getDimSize(0) << " and " << rows(lists.getLists());
  return success();
}

//===----------------------------------------------------------------------===//
// selection
//===----------------------------------------------------------------------===//

int64_t BandSumOp::getHalo(int64_t block, int64_t stride, int64_t into) {
  return std::max<int64_t>(1, (block - stride + into - 1) / into);
}

int64_t BandSumOp::getWeight(int64_t i, int64_t j, int64_t block, int64_t stride,
                             int64_t into) {
  int64_t begin = std::max(i * stride, j * into);
  int64_t end = std::min(i * stride + block, (j + 1) * into);
  return std::max<int64_t>(0, end - begin) / stride;
}

LogicalResult BandSumOp::verify() {
  int64_t block = getBlock(), stride = getStride(), into = getInto();
  if (stride < 1 || block < 1 || into < 1 || block % stride || into % stride) // c1
    return emitOpError() << "expected stride to divide block and into, got stride = "
                         << stride << ", block = " << block << " and into = " << into;
  int64_t tokens = cols(getInput()) * stride;
  if (tokens % into != 0) // band_sum_c2
    return emitOpError() << "expected into to divide the tile's tokens, got " << into
                         << " and " << tokens;
  int64_t columns = tokens / into, halo = getHalo(block, stride, into);
  if (rows(getScores()) != rows(getInput()) || cols(getScores()) != columns ||
      columns < halo) // band_sum_c3
    return emitOpError() << "expected scores of " << columns
                         << " columns, at least the halo of " << halo << ", got "
                         << getScores().getType();
  if (rows(getCarry()) != rows(getInput()) || cols(getCarry()) != halo) // band_sum_c4
    return emitOpError() << "expected carries of " << halo << " columns, got "
                         << getCarry().getType();
  return success();
}

LogicalResult TopkUpdateOp::verify() {
  if (tileType(getValues()).getShape() != tileType(getIndices()).getShape())
    return emitOpError() << "expected values and indices of one shape, got " // c2
                         << getValues().getType() << " and "
                         << getIndices().getType();
  if (rows(getValues()) != rows(getScores())) // topk_update_c1
    return emitOpError() << "expected rows to agree, got " << rows(getValues())
                         << " and " << rows(getScores());
  return success();
}
