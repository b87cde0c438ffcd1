//===- Specialize.cpp - tile-specialize -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The kernel's body is written twice, once per role. Both copies keep the control flow
// that leads to a load into shared memory, so both count the tiles of each ring in the
// same order; the counts are values that loops carry. What a role does not need is dead
// code afterwards.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/Transforms/Passes.h"

#include "RingPlan.h"
#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace fovea::tile {
#define GEN_PASS_DEF_SPECIALIZEPASS
#include "fovea/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace fovea::tile

using namespace mlir;
using namespace fovea::tile;

//===----------------------------------------------------------------------===//
// One role's copy of the kernel
//===----------------------------------------------------------------------===//

namespace {
enum class Role { Producer, Consumer };

class RoleWriter {
public:
  RoleWriter(Role role, const RingPlan &plan, ImplicitLocOpBuilder &b)
      : role(role), plan(plan), b(b) {}

  /// Writes the loop over programs at the builder's place. `arguments` are the new
  /// kernel's, for those of `source`.
  LogicalResult write(Region &source, ValueRange arguments, ProgramOrder order);

private:
  using Values = SmallVector<Value>;

  LogicalResult writeBlock(Block &block);
  LogicalResult writeOp(Operation *op);
  void writeLoad(LoadOp load);
  void releaseSlots(ArrayRef<GetOp> gets);
  LogicalResult writeIf(scf::IfOp op);
  LogicalResult writeFor(scf::ForOp op);
  LogicalResult writeVisits(ForVisitsOp op);
  void writePost(ForVisitsOp source, ForVisitsOp loop);
  LogicalResult writeStream(ForVisitsOp op);
  Values takeVisit(ForVisitsOp op);
  FailureOr<Values> writeListedVisit(ForVisitsOp op, ValueRange visit);
  void skipVisit(ForVisitsOp op);

  bool isKept(Type type) const {
    return role == Role::Consumer || !isa<RankedTensorType>(type);
  }
  /// The values that this role has, of those of the source.
  Values kept(ValueRange source) const {
    Values result;
    for (Value value : source)
      if (isKept(value.getType()))
        result.push_back(map.lookupOrDefault(value));
    return result;
  }
  void mapKept(ValueRange source, ValueRange copies) {
    for (Value value : source)
      if (isKept(value.getType())) {
        map.map(value, copies.front());
        copies = copies.drop_front();
      }
  }
  /// What loops carry: the kept values, then the counts.
  Values withCounts(Values values) const {
    values.append(counts);
    return values;
  }
  void takeCounts(ValueRange values) {
    counts = llvm::to_vector_of<Value>(values.take_back(counts.size()));
  }
  Value next(unsigned ring) {
    Value number = counts[ring];
    counts[ring] = arith::AddIOp::create(b, number, i32(1));
    return number;
  }
  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getLoc(), value, 32);
  }

  Role role;
  const RingPlan &plan;
  ImplicitLocOpBuilder &b;
  IRMapping map;
  Values counts;
  SmallVector<GetOp> open; ///< gets of the block that is being written
};
} // namespace

LogicalResult RoleWriter::write(Region &source, ValueRange arguments,
                                ProgramOrder order) {
  map.map(source.getArguments(), arguments);
  counts.assign(plan.rings().size(), Value());
  for (Value &count : counts)
    count = i32(0);
  auto loop = ForProgramsOp::create(b, order, counts);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&loop.getBody().front());
  takeCounts(ValueRange(loop.getCarried()));
  source.walk(
      [&](ProgramIdOp id) { map.map(id.getResult(), loop.getPlace(id.getAxis())); });
  if (failed(writeBlock(source.front())))
    return failure();
  YieldOp::create(b, counts);
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

LogicalResult RoleWriter::writeOp(Operation *op) {
  b.setLoc(op->getLoc());
  if (isa<ProgramIdOp>(op))
    return success();
  if (isSharedLoad(op)) {
    writeLoad(cast<LoadOp>(op));
    return success();
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
  bool makesTile = llvm::any_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>);
  bool isConsumers = makesTile || isa<StoreOp, AwaitTurnOp, PassTurnOp>(op);
  bool wanted =
      isSearch ? role == Role::Producer : role == Role::Consumer || !isConsumers;
  if (wanted)
    b.clone(*op, map);
  return success();
}

/// The producer starts the copy; the consumers wait for it. Rows past the count of a
/// right-hand side are cleared: they take part in every row's sum.
void RoleWriter::writeLoad(LoadOp load) {
  unsigned ring = plan.of(load);
  Value number = next(ring), queue = plan.rings()[ring];
  if (role == Role::Producer) {
    PutOp::create(b, queue, number, map.lookupOrDefault(load.getView()),
                  kept(load.getOffsets()), load.getSizes());
    return;
  }
  auto get = GetOp::create(b, load.getTile().getType(), queue, number);
  map.map(load.getTile(), get.getTile());
  open.push_back(get);
  bool isRhs = llvm::any_of(load.getTile().getUses(), [](OpOperand &use) {
    auto dot = dyn_cast<DotOp>(use.getOwner());
    return dot && use.get() == dot.getRhs();
  });
  if (load.getCount() && isRhs)
    ClearRowsOp::create(b, get.getTile(), map.lookupOrDefault(load.getCount()));
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

LogicalResult RoleWriter::writeIf(scf::IfOp op) {
  bool counted = touchesRings(op);
  if (role == Role::Producer && !counted)
    return success();
  Values before = counts;
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    if (isKept(type))
      types.push_back(type);
  if (counted)
    types.append(counts.size(), b.getI32Type());
  bool hasElse = !types.empty();
  auto copy =
      scf::IfOp::create(b, types, map.lookupOrDefault(op.getCondition()), hasElse);
  for (auto [source, region] :
       {std::pair(&op.getThenRegion(), &copy.getThenRegion()),
        std::pair(&op.getElseRegion(), &copy.getElseRegion())}) {
    if (region->empty())
      continue;
    counts = before;
    OpBuilder::InsertionGuard guard(b);
    Block *block = &region->front();
    if (!block->empty())
      block->back().erase();
    b.setInsertionPointToEnd(block);
    Values results;
    if (!source->empty()) {
      if (failed(writeBlock(source->front())))
        return failure();
      results = kept(source->front().getTerminator()->getOperands());
    }
    scf::YieldOp::create(b, counted ? withCounts(results) : results);
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
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(copy.getBody());
    map.map(op.getInductionVar(), copy.getInductionVar());
    mapKept(ValueRange(op.getRegionIterArgs()), ValueRange(copy.getRegionIterArgs()));
    takeCounts(ValueRange(copy.getRegionIterArgs()));
    if (failed(writeBlock(*op.getBody())))
      return failure();
    if (!inits.empty()) // else it is there
      scf::YieldOp::create(b, withCounts(kept(op.getYieldedValues())));
  }
  mapKept(op.getResults(), copy.getResults());
  takeCounts(copy.getResults());
  return success();
}

LogicalResult RoleWriter::writeVisits(ForVisitsOp op) {
  bool searched = op.isSearched();
  if (role == Role::Producer && !touchesRings(op))
    return success();
  if (searched && role == Role::Consumer)
    return writeStream(op);
  Values inits = withCounts(kept(op.getInits()));
  auto copy = ForVisitsOp::create(b, map.lookupOrDefault(op.getVisits()),
                                  tileType(op.getTokenMask()).getDimSize(0),
                                  op.getHeads(), inits);
  copy.getTokenMask().setType(op.getTokenMask().getType());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&copy.getBody().front());
    map.map(op.getBlockNumber(), copy.getBlockNumber());
    map.map(op.getTokenMask(), copy.getTokenMask());
    map.map(op.getNeedsMask(), copy.getNeedsMask());
    mapKept(ValueRange(op.getCarried()), ValueRange(copy.getCarried()));
    takeCounts(ValueRange(copy.getCarried()));
    if (searched)
      writePost(op, copy);
    Block &body = op.getBody().front();
    if (failed(writeBlock(body)))
      return failure();
    YieldOp::create(b, withCounts(kept(body.getTerminator()->getOperands())));
  }
  mapKept(op.getResults(), copy.getResults());
  takeCounts(copy.getResults());
  if (searched) { // the end of the stream
    unsigned ring = plan.of(op);
    Value number = next(ring);
    PostOp::create(b, plan.rings()[ring], number, Value(), Value(), Value());
  }
  return success();
}

void RoleWriter::writePost(ForVisitsOp source, ForVisitsOp loop) {
  unsigned ring = plan.of(source);
  Value number = next(ring);
  PostOp::create(b, plan.rings()[ring], number, loop.getBlockNumber(),
                 loop.getTokenMask(), loop.getNeedsMask());
}

/// The next visit of the stream: whether there is one, its block, tokens and mask flag.
SmallVector<Value> RoleWriter::takeVisit(ForVisitsOp op) {
  unsigned ring = plan.of(op);
  Value number = next(ring);
  auto take =
      TakeOp::create(b, b.getI1Type(), b.getIndexType(), op.getTokenMask().getType(),
                     b.getI1Type(), plan.rings()[ring], number);
  return {take.getMore(), take.getKeyBlock(), take.getTokens(), take.getMasked()};
}

/// Consumers learn of listed visits from the producer: a loop until the stream ends. It
/// carries the visit that is next, and takes the one behind it before it computes, so
/// that nothing waits to hear where to go on.
LogicalResult RoleWriter::writeStream(ForVisitsOp op) {
  Values inits = takeVisit(op);
  size_t visitSize = inits.size();
  inits.append(withCounts(kept(op.getInits())));
  SmallVector<Type> types = llvm::to_vector(ValueRange(inits).getTypes());
  SmallVector<Location> locs(types.size(), b.getLoc());
  auto loop = scf::WhileOp::create(b, types, inits);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  scf::ConditionOp::create(b, before->getArgument(0), before->getArguments());

  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  ValueRange state = after->getArguments().drop_front(visitSize);
  mapKept(ValueRange(op.getCarried()), state);
  takeCounts(state);
  Values nextVisit = takeVisit(op);
  FailureOr<Values> results =
      writeListedVisit(op, after->getArguments().slice(1, visitSize - 1));
  if (failed(results))
    return failure();
  nextVisit.append(*results);
  scf::YieldOp::create(b, nextVisit);
  ValueRange last = loop.getResults().drop_front(visitSize);
  mapKept(op.getResults(), last);
  takeCounts(last);
  return success();
}

/// The body of a listed visit, for warpgroups that have a token which listed it. Gives
/// what the loop carries.
FailureOr<SmallVector<Value>> RoleWriter::writeListedVisit(ForVisitsOp op,
                                                           ValueRange visit) {
  map.map(op.getBlockNumber(), visit[0]);
  map.map(op.getTokenMask(), visit[1]);
  map.map(op.getNeedsMask(), visit[2]);
  Values state = kept(ValueRange(op.getCarried())), before = counts;
  SmallVector<Type> types = llvm::to_vector(ValueRange(withCounts(state)).getTypes());
  Value some = AnyTokenOp::create(b, b.getI1Type(), visit[1], op.getHeads());
  auto branch = scf::IfOp::create(b, types, some, /*addElse=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    Block &body = op.getBody().front();
    if (failed(writeBlock(body)))
      return failure();
    scf::YieldOp::create(b, withCounts(kept(body.getTerminator()->getOperands())));
    counts = before;
    b.setInsertionPointToStart(branch.elseBlock());
    skipVisit(op);
    scf::YieldOp::create(b, withCounts(state));
  }
  return llvm::to_vector_of<Value>(branch.getResults());
}

/// Who passes a block by waits for its tiles all the same: a warp that ran a whole ring
/// ahead would take one turn of a slot for the next.
void RoleWriter::skipVisit(ForVisitsOp op) {
  for (Operation &load : op.getBody().front())
    if (isSharedLoad(&load)) {
      unsigned ring = plan.of(&load);
      Value number = next(ring), queue = plan.rings()[ring];
      GetOp::create(b, load.getResult(0).getType(), queue, number);
      ReleaseOp::create(b, queue, number);
    }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The warps that hold the kernel's tiles; 0 where there are none.
static int64_t findWarps(KernelOp kernel) {
  int64_t warps = 0;
  kernel.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (auto tensor = dyn_cast<RankedTensorType>(type)) {
        if (auto fragment = dyn_cast_or_null<FragmentAttr>(tensor.getEncoding()))
          warps = fragment.getWarps();
        else if (auto lanes = dyn_cast_or_null<LanesAttr>(tensor.getEncoding()))
          warps = lanes.getWarps();
      }
  });
  return warps;
}

/// A nested load into shared memory of a listed visit would need the skip to nest too.
static LogicalResult verifyListedVisits(KernelOp kernel) {
  WalkResult result =
      kernel.walk(
          [](ForVisitsOp loop) {
            if (!loop.isSearched())
              return WalkResult::advance();
            for (Operation &op : loop.getBody().front())
              if (op.getNumRegions() && touchesRings(&op)) {
                op.emitOpError()
                    << "expected loads of a listed visit outside of nested control "
                       "flow";
                return WalkResult::interrupt();
              }
            return WalkResult::advance();
          });
  return failure(result.wasInterrupted());
}

/// What the producer copied and does not need.
static void eraseDeadOps(Region &region) {
  SmallVector<Operation *> ops;
  region.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : llvm::reverse(ops)) // users come after what they use
    if (isOpTriviallyDead(op))
      op->erase();
}

namespace {
struct Specialize final : fovea::tile::impl::SpecializePassBase<Specialize> {
  using SpecializePassBase::SpecializePassBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (failed(verifyPhase(kernel, Phase::Placed)))
      return signalPassFailure();
    GpuAttr schedule = getGpuSchedule(kernel);
    int64_t warps = findWarps(kernel);
    if (!warps) {
      kernel.emitOpError() << "expected placed tiles: run tile-place first";
      return signalPassFailure();
    }
    if (!schedule && touchesRings(kernel)) {
      kernel.emitOpError() << "expected a tile.schedule with a part for a GPU, which "
                              "says how many tiles are in flight, got none: run "
                              "attn-choose-schedules for a GPU";
      return signalPassFailure();
    }
    // Without a schedule, as a kernel that fills rows with zeros, all programs are
    // alike.
    ProgramOrder programs =
        schedule ? schedule.getPrograms() : ProgramOrder::LastTileFirst;
    if (failed(verifyListedVisits(kernel)))
      return signalPassFailure();

    Region source;
    source.takeBody(kernel.getBody());
    ImplicitLocOpBuilder b(kernel.getLoc(), &getContext());
    ValueRange arguments = source.getArguments();
    Block *body =
        b.createBlock(&kernel.getBody(), {}, arguments.getTypes(),
                      SmallVector<Location>(arguments.size(), kernel.getLoc()));
    RingPlan plan;
    plan.build(source, schedule, b);
    auto roles = SpecializeOp::create(b, warps);
    ReturnOp::create(b);
    for (auto [role, region] : {std::pair(Role::Producer, &roles.getProducer()),
                                std::pair(Role::Consumer, &roles.getConsumers())}) {
      b.createBlock(region);
      if (role == Role::Producer && plan.rings().empty())
        continue;
      RoleWriter writer(role, plan, b);
      if (failed(writer.write(source, body->getArguments(), programs)))
        return signalPassFailure();
      eraseDeadOps(*region);
    }
  }
};
} // namespace
