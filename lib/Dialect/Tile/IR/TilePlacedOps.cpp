//===- TilePlacedOps.cpp - verifiers of the placed phase ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Dialect/Tile/IR/TileType.h"

#include "LoopAssembly.h"
#include "RingWalk.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/SetVector.h"

#include <algorithm>

using namespace mlir;
using namespace fovea::tile;

//===----------------------------------------------------------------------===//
// specialize, for_programs
//===----------------------------------------------------------------------===//

/// The rings that operations of the kinds `OpTs` in `region` touch.
template <typename... OpTs>
static llvm::SetVector<Value> ringsOf(Region &region, Operation *&first) {
  llvm::SetVector<Value> rings;
  region.walk([&](Operation *op) {
    if (!isa<OpTs...>(op))
      return;
    if (!first)
      first = op;
    rings.insert(op->getOperand(0));
  });
  return rings;
}

/// specialize_c4: who follows the uses of a get sees all that read the slot.
static LogicalResult verifySharedTiles(SpecializeOp op) {
  auto isShared = [](Value value) { return isInSlot(value.getType()); };
  WalkResult result = op->walk([&](Operation *inner) {
    bool passes = !isa<GetOp>(inner) && llvm::any_of(inner->getResults(), isShared);
    for (Region &region : inner->getRegions())
      for (Block &block : region)
        passes |= llvm::any_of(block.getArguments(), isShared);
    if (!passes)
      return WalkResult::advance();
    inner->emitOpError()
        << "expected tiles in shared memory to come from tile.get alone";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult SpecializeOp::verifyRegions() {
  Operation *none = nullptr, *stray = nullptr;
  auto puts = ringsOf<PutOp, PostOp>(getProducer(), none);
  none = nullptr;
  auto gets = ringsOf<GetOp, TakeOp>(getConsumers(), none);
  ringsOf<GetOp, TakeOp, ReleaseOp>(getProducer(), stray);
  if (!stray)
    ringsOf<PutOp, PostOp>(getConsumers(), stray);
  if (stray) // specialize_c2
    return emitOpError()
           << "expected the producer to put and the consumers to get, got "
           << stray->getName() << " on the other side";
  for (Value ring : puts) // specialize_c3
    if (!gets.contains(ring))
      return emitOpError() << "expected consumers for every ring, got none for "
                           << ring.getType();
  for (Value ring : gets)
    if (!puts.contains(ring))
      return emitOpError() << "expected a producer for every ring, got none for "
                           << ring.getType();
  return failure(failed(verifySharedTiles(*this)) || failed(verifyRingNumbers(*this)) ||
                 failed(verifyRingOrder(*this)));
}

void ForProgramsOp::build(OpBuilder &builder, OperationState &state, ProgramOrder order,
                          ValueRange inits) {
  state.addOperands(inits);
  state.addTypes(inits.getTypes());
  state.addAttribute(getOrderAttrName(state.name),
                     ProgramOrderAttr::get(builder.getContext(), order));
  Block *body = new Block;
  state.addRegion()->push_back(body);
  for (unsigned axis = 0; axis < kGridRank; ++axis)
    body->addArgument(builder.getIndexType(), state.location);
  for (Value init : inits)
    body->addArgument(init.getType(), state.location);
}

SmallVector<unsigned> ForProgramsOp::getAxes() {
  auto axes = llvm::to_vector(llvm::seq(kGridRank));
  if (getOrder() != ProgramOrder::HeadByHead)
    std::rotate(axes.begin(), axes.begin() + 1, axes.end());
  return axes;
}

/// order, then as every loop.
ParseResult ForProgramsOp::parse(OpAsmParser &parser, OperationState &result) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<ProgramOrder> order = symbolizeProgramOrder(keyword);
  if (!order)
    return parser.emitError(loc)
           << "expected last_tile_first or head_by_head, got " << keyword;
  result.addAttribute(getOrderAttrName(result.name),
                      ProgramOrderAttr::get(parser.getContext(), *order));
  if (parseLoop(parser, result))
    return failure();
  ensureTerminator(*result.regions.front(), parser.getBuilder(), result.location);
  return success();
}

void ForProgramsOp::print(OpAsmPrinter &printer) {
  printer << ' ' << stringifyProgramOrder(getOrder());
  printLoop(printer, *this, /*numArgs=*/kGridRank, getInits(), {getOrderAttrName()});
}

LogicalResult ForProgramsOp::verifyRegions() {
  Block &body = getBody().front();
  TypeRange arguments = body.getArgumentTypes();
  auto isIndex = [](Type type) { return type.isIndex(); };
  if (arguments.size() < kGridRank ||
      !llvm::all_of(arguments.take_front(kGridRank), isIndex) ||
      !llvm::equal(arguments.drop_front(kGridRank),
                   getInits().getTypes())) // for_programs_c1
    return emitOpError() << "expected body arguments of " << kGridRank
                         << " indices and the carried values, got ("
                         << body.getArgumentTypes() << ")";
  TypeRange yielded = body.getTerminator()->getOperandTypes();
  if (!llvm::equal(yielded, getResultTypes())) // for_programs_c2
    return emitOpError() << "expected the yield to have the carried types ("
                         << getResultTypes() << "), got (" << yielded << ")";
  return success();
}

//===----------------------------------------------------------------------===//
// rings
//===----------------------------------------------------------------------===//

LogicalResult PutOp::verify() {
  auto view = cast<MemRefType>(getView().getType());
  RankedTensorType slot = cast<RingType>(getRing().getType()).getSlot();
  ArrayRef<int64_t> sizes = getSizes();
  size_t rank = view.getRank();
  if (rank < 1 || getOffsets().size() != rank || sizes.size() != rank) // put_c1
    return emitOpError() << "expected " << rank << " offsets and sizes, got "
                         << getOffsets().size() << " and " << sizes.size();
  bool isMatrix = slot.getRank() == 2;
  int64_t columns = isMatrix ? sizes.back() : 1;
  if ((isMatrix && slot.getDimSize(1) != columns) ||
      slot.getDimSize(0) * columns != llvm::product_of(sizes)) // put_c2
    return emitOpError() << "expected a box of the slot's shape, got [" << sizes
                         << "] for " << slot;
  if (slot.getElementType() != view.getElementType()) // put_c3
    return emitOpError() << "expected one element type, got " << slot << " and "
                         << view;
  for (auto [i, size] : llvm::enumerate(sizes)) // put_c4
    if (size < 1 || (isMatrix && i + 1 < rank && size > kMaxBoxSize))
      return emitOpError() << "expected sizes of 1 to " << kMaxBoxSize << ", got "
                           << size;
  llvm::APInt column;
  int64_t bytes = slot.getElementType().getIntOrFloatBitWidth() / 8;
  if (isMatrix && matchPattern(getOffsets().back(), m_ConstantInt(&column)) &&
      column.getSExtValue() * bytes % 16 != 0) // put_c5
    return emitOpError() << "expected a last offset of a multiple of 16 bytes, got "
                         << column.getSExtValue() << " elements of " << bytes;
  if (isMatrix && (getCount() || getWithin())) // put_c7
    return emitOpError() << "expected `count` and `within` with a slot of values, got "
                         << slot;
  if (std::optional<int64_t> within = getWithin())
    if (rank < 2 || *within < 1 || *within > sizes[1])
      return emitOpError() << "expected `within` to be 1 to the second size, got "
                           << *within << " of [" << sizes << "]";
  if (getRows() && tileType(getRows()).getDimSize(0) != sizes[0]) // put_c6
    return emitOpError() << "expected rows of as many elements as the first of sizes, "
                            "got "
                         << getRows().getType() << " for [" << sizes << "]";
  return success();
}

LogicalResult ReadOp::verify() {
  if (!isa_and_nonnull<SharedValuesAttr>(tileType(getValues()).getEncoding()) ||
      !isa_and_nonnull<FragmentColumnsAttr>(
          tileType(getResult()).getEncoding())) // read_c1
    return emitOpError() << "expected values in shared memory as a fragment's columns, "
                            "got "
                         << getValues().getType() << " as " << getResult().getType();
  return success();
}

/// The operation of `block` that holds `op`.
static Operation *ancestorIn(Block *block, Operation *op) {
  return block->findAncestorOpInBlock(*op);
}

/// The last operation in the get's block that still needs the slot: a use, or the wait
/// of a product that reads it.
static void collectReads(Value tile, Block *block,
                         SmallVectorImpl<Operation *> &reads) {
  for (Operation *user : tile.getUsers()) {
    reads.push_back(ancestorIn(block, user));
    if (auto issue = dyn_cast<IssueDotOp>(user))
      if (WaitOp wait = issue.getWait())
        reads.push_back(ancestorIn(block, wait));
  }
}

/// The most tiles of `ring` that are got from `first` to before `last`, of one block;
/// none where a loop has no bound.
static std::optional<int64_t> countGets(Value ring, Block::iterator first,
                                        Block::iterator last) {
  int64_t count = 0;
  for (Operation &op : llvm::make_range(first, last)) {
    if (auto get = dyn_cast<GetOp>(op))
      count += get.getRing() == ring;
    int64_t most = 0;
    for (Region &region : op.getRegions())
      for (Block &block : region) {
        std::optional<int64_t> inner = countGets(ring, block.begin(), block.end());
        if (!inner || (*inner && !isa<scf::IfOp>(op)))
          return std::nullopt;
        most = std::max(most, *inner);
      }
    count += most;
  }
  return count;
}

LogicalResult GetOp::verify() {
  Block *block = (*this)->getBlock();
  ReleaseOp release;
  unsigned count = 0;
  for (Operation *user : getRing().getUsers())
    if (auto candidate = dyn_cast<ReleaseOp>(user))
      if (candidate->getBlock() == block && candidate.getNumber() == getNumber()) {
        release = candidate;
        ++count;
      }
  if (count != 1) // get_c1
    return emitOpError() << "expected one tile.release of its ring and number in its "
                            "block, got "
                         << count;
  SmallVector<Operation *> reads{*this};
  collectReads(getTile(), block, reads);
  for (Operation *read : reads)
    if (!read || !read->isBeforeInBlock(release))
      return emitOpError() << "expected tile.release after the last read of the tile";
  int64_t stages = cast<RingType>(getRing().getType()).getStages();
  std::optional<int64_t> held =
      countGets(getRing(), getOperation()->getIterator(), release->getIterator());
  if (!held || *held > stages) { // get_c2
    InFlightDiagnostic diagnostic = emitOpError();
    diagnostic << "expected at most " << stages
               << " tiles of its ring to be held at once, got ";
    return held ? diagnostic << *held : diagnostic << "a loop's";
  }
  return success();
}

LogicalResult ReleaseOp::verify() {
  bool hasGet = llvm::any_of(getRing().getUsers(), [&](Operation *user) {
    auto get = dyn_cast<GetOp>(user);
    return get && get->getBlock() == (*this)->getBlock() &&
           get.getNumber() == getNumber() && get->isBeforeInBlock(*this);
  });
  if (!hasGet) // release_c1
    return emitOpError()
           << "expected a tile.get of its ring and number before it in its "
              "block";
  return success();
}

/// post_c1, take_c1
static LogicalResult verifyTokens(Operation *op, Value ring, Type tokens) {
  auto type = cast<RankedTensorType>(tokens);
  int64_t expected = cast<VisitRingType>(ring.getType()).getTokens();
  if (type.getDimSize(0) != expected || !type.getElementType().isInteger(1))
    return op->emitOpError() << "expected a mask of " << expected << " tokens, got "
                             << type;
  return success();
}

LogicalResult PostOp::verify() {
  bool some = getKeyBlock() || getTokens() || getMasked();
  if (some && !(getKeyBlock() && getTokens() && getMasked())) // post_c2
    return emitOpError() << "expected block, tokens and masked, or none of them";
  return some ? verifyTokens(*this, getRing(), getTokens().getType()) : success();
}

LogicalResult TakeOp::verify() {
  return verifyTokens(*this, getRing(), getTokens().getType());
}
