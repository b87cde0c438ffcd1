//===- RoleWriter.cpp - one role's copy of a kernel -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "RoleWriter.h"

#include "fovea/Dialect/Tile/IR/TileType.h"
#include "fovea/Support/ControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace fovea::tile;

SmallVector<Value> RoleWriter::kept(ValueRange source) const {
  Values result;
  for (Value value : source)
    if (isKept(value.getType()))
      result.push_back(map.lookupOrDefault(value));
  return result;
}

void RoleWriter::mapKept(ValueRange source, ValueRange copies) {
  for (Value value : source)
    if (isKept(value.getType())) {
      map.map(value, copies.front());
      copies = copies.drop_front();
    }
}

SmallVector<Value> RoleWriter::withCounts(Values values) const {
  for (auto [ring, count] : llvm::enumerate(counts))
    if (plan.leaderOf(ring) == ring)
      values.push_back(count);
  return values;
}

void RoleWriter::takeCounts(ValueRange values) {
  values = values.take_back(withCounts({}).size());
  for (unsigned ring = 0; ring < counts.size(); ++ring) {
    bool leads = plan.leaderOf(ring) == ring;
    counts[ring] = leads ? values.front() : counts[plan.leaderOf(ring)];
    values = values.drop_front(leads);
  }
}

Value RoleWriter::next(unsigned ring) {
  Value number = counts[ring];
  counts[ring] = arith::AddIOp::create(b, number, i32(1));
  return number;
}

Value RoleWriter::i32(int64_t value) {
  return arith::ConstantIntOp::create(b, b.getLoc(), value, 32);
}

LogicalResult RoleWriter::write(Region &source, ValueRange arguments,
                                ProgramOrder order) {
  map.map(source.getArguments(), arguments);
  counts.assign(plan.rings().size(), Value());
  for (Value &count : counts)
    count = i32(0);
  auto loop = ForProgramsOp::create(b, order, withCounts({}));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&loop.getBody().front());
  takeCounts(ValueRange(loop.getCarried()));
  source.walk(
      [&](ProgramIdOp id) { map.map(id.getResult(), loop.getPlace(id.getAxis())); });
  if (failed(writeBlock(source.front())))
    return failure();
  YieldOp::create(b, withCounts({}));
  return success();
}

LogicalResult RoleWriter::writeBlock(Block &block) {
  SmallVector<GetOp> outer;
  std::swap(outer, open);
  for (Operation &op : block.without_terminator())
    if (failed(writeOp(&op)))
      return failure();
  releaseSlots(open);
  std::swap(outer, open);
  return success();
}

/// Whether `op` loads the numbers of rows that others gather: who asks for copies needs
/// them, and so does who computes.
static bool isRowNumbers(Operation *op) {
  auto load = dyn_cast<LoadOp>(op);
  return load && llvm::any_of(load.getTile().getUsers(), [&](Operation *user) {
           auto gather = dyn_cast<LoadOp>(user);
           return gather && gather.getRows() == load.getTile();
         });
}

LogicalResult RoleWriter::writeOp(Operation *op) {
  b.setLoc(op->getLoc());
  if (isa<ProgramIdOp>(op))
    return success();
  if (isSharedLoad(op)) {
    return writeLoad(cast<LoadOp>(op));
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return writeIf(branch);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return writeFor(loop);
  if (auto loop = dyn_cast<ForVisitsOp>(op))
    return writeVisits(loop);
  auto visits = dyn_cast<VisitsOpInterface>(op);
  bool isSearch =
      (visits && !visits.getSearched().empty()) ||
      (isa<LoadOp>(op) && isa<FlatAttr>(tileType(op->getResult(0)).getEncoding()));
  if (isRowNumbers(op)) {
    b.clone(*op, map);
    return success();
  }
  bool makesTile = llvm::any_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>);
  bool isConsumers =
      makesTile || isa<StoreOp, InvertListsOp, AwaitTurnOp, PassTurnOp>(op);
  bool wanted =
      isSearch ? role == Role::Producer : role == Role::Consumer || !isConsumers;
  if (wanted)
    b.clone(*op, map);
  return success();
}

/// The producer starts the copy; the consumers wait for it. Rows past the count of a
/// right-hand side, several for each where a token has several, are cleared: they take
/// part in every row's sum.
LogicalResult RoleWriter::writeLoad(LoadOp load) {
  unsigned ring = plan.of(load);
  Value number = next(ring), queue = plan.rings()[ring];
  if (role == Role::Producer) {
    Value rows = load.getRows() ? map.lookupOrNull(load.getRows()) : Value();
    if (load.getRows() && !rows)
      return load.emitOpError() << "expected rows that are loaded as they are, for the "
                                   "producer to load them too";
    bool isValues = tileType(load.getTile()).getRank() == 1;
    Value count =
        isValues && load.getCount() ? map.lookupOrDefault(load.getCount()) : Value();
    PutOp::create(b, queue, number, map.lookupOrDefault(load.getView()),
                  kept(load.getOffsets()), rows, load.getSizes(),
                  isValues ? load.getWithinAttr() : IntegerAttr(), count);
    return success();
  }
  auto get = GetOp::create(b, load.getTile().getType(), queue, number);
  map.map(load.getTile(), get.getTile());
  open.push_back(get);
  bool isRhs = llvm::any_of(load.getTile().getUses(), [](OpOperand &use) {
    auto dot = dyn_cast<DotOp>(use.getOwner());
    return dot && use.get() == dot.getRhs();
  });
  if (!load.getCount() || !isRhs)
    return success();
  Value count = map.lookupOrDefault(load.getCount());
  int64_t rowsEach = load.getRowwise() ? 1 : load.getRowsPerIndex();
  if (rowsEach != 1) {
    Value factor = arith::ConstantIndexOp::create(b, b.getLoc(), rowsEach);
    count = arith::MulIOp::create(b, count, factor);
  }
  ClearRowsOp::create(b, get.getTile(), count);
  return success();
}

/// Each slot goes back right behind the last operation of its block that reads it.
void RoleWriter::releaseSlots(ArrayRef<GetOp> gets) {
  for (GetOp get : gets) {
    Operation *last = get;
    for (Operation *user : get.getTile().getUsers())
      if (Operation *ancestor = get->getBlock()->findAncestorOpInBlock(*user))
        if (last->isBeforeInBlock(ancestor))
          last = ancestor;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfter(last);
    ReleaseOp::create(b, get.getRing(), get.getNumber());
  }
}

/// The operations of a body; gives what it yields, and the counts where it is of those
/// that carry them.
FailureOr<SmallVector<Value>> RoleWriter::writeBody(Block &block, bool counted) {
  if (failed(writeBlock(block)))
    return failure();
  Values results = kept(block.getTerminator()->getOperands());
  return counted ? withCounts(results) : results;
}

LogicalResult RoleWriter::writeIf(scf::IfOp op) {
  bool counted = touchesRings(op);
  if (role == Role::Producer && !counted)
    return success();
  Values before = counts;
  SmallVector<Type> types;
  llvm::copy_if(op.getResultTypes(), std::back_inserter(types),
                [&](Type type) { return isKept(type); });
  if (counted)
    types.append(withCounts({}).size(), b.getI32Type());
  bool hasElse = !types.empty() || !op.getElseRegion().empty();
  auto copy =
      scf::IfOp::create(b, types, map.lookupOrDefault(op.getCondition()), hasElse);
  for (auto [source, region] : llvm::zip_equal(op->getRegions(), copy->getRegions())) {
    if (region.empty())
      continue;
    counts = before;
    auto write = [&, &from = source]() -> FailureOr<Values> {
      return from.empty() ? withCounts({}) : writeBody(from.front(), counted);
    };
    if (failed(fillBody(b, region.front(), write)))
      return failure();
  }
  counts = before;
  mapKept(op.getResults(), copy.getResults());
  if (counted)
    takeCounts(copy.getResults());
  return success();
}

LogicalResult RoleWriter::writeFor(scf::ForOp op) {
  if (role == Role::Producer && !touchesRings(op))
    return success();
  Values inits = withCounts(kept(op.getInits()));
  auto copy = scf::ForOp::create(b, map.lookupOrDefault(op.getLowerBound()),
                                 map.lookupOrDefault(op.getUpperBound()),
                                 map.lookupOrDefault(op.getStep()), inits);
  map.map(op.getInductionVar(), copy.getInductionVar());
  mapKept(ValueRange(op.getRegionIterArgs()), ValueRange(copy.getRegionIterArgs()));
  takeCounts(ValueRange(copy.getRegionIterArgs()));
  if (failed(fillBody(b, *copy.getBody(),
                      [&] { return writeBody(*op.getBody(), /*counted=*/true); })))
    return failure();
  mapKept(op.getResults(), copy.getResults());
  takeCounts(copy.getResults());
  return success();
}
