//===- OverlapProducts.cpp - tile-overlap-products ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What a visit does falls into four parts, which are found by what depends on what:
//
//   head     scores, the weights of them, statistics
//   rescale  what the accumulator goes through before the product with values
//   round    the weights as a left-hand side
//   tail     the load of the values, the product
//
// In the loop as it is they run head, rescale, round, tail. In the rotated loop a turn
// runs the head up to its product, the tail of the visit before, the rest of the head,
// rescale, round.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/Transforms/Passes.h"

#include "RingPlan.h"
#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/SetVector.h"

#include <vector>

namespace fovea::tile {
#define GEN_PASS_DEF_OVERLAPPRODUCTSPASS
#include "fovea/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace fovea::tile

using namespace mlir;
using namespace fovea::tile;

namespace {
/// The parts of a visit.
struct Visit {
  ForVisitsOp loop;
  VisitRangeOp range;
  DotOp scores, values;
  unsigned state;                       ///< which carried value accumulates
  arith::TruncFOp round;                ///< null: the weights are none of f32
  LoadOp load;                          ///< of the values
  SmallVector<Operation *> rescale;     ///< in their order
  SmallVector<Operation *> first, rest; ///< the head up to its product, and behind it
  llvm::SetVector<Value> handed;        ///< what the tail needs of its visit
  SmallVector<Operation *> constants;   ///< the same in every visit

  Block &body() { return loop.getBody().front(); }
  Operation *yield() { return body().getTerminator(); }
  /// Values that are the keys too are loaded for the scores, and again by the tail.
  bool isTail(Operation *op) {
    return op == values || (op == load && load->hasOneUse());
  }
};
} // namespace

/// The accumulator's number among the carried values, where the loop does nothing with
/// the product but carry it on.
static std::optional<unsigned> findState(DotOp values, Operation *yield) {
  if (!values.getResult().hasOneUse() ||
      *values.getResult().getUsers().begin() != yield)
    return std::nullopt;
  return values.getResult().getUses().begin()->getOperandNumber();
}

/// What leads from the carried accumulator to the product's; none where something else
/// comes of it.
static std::optional<SmallVector<Operation *>> findRescale(Visit &visit) {
  llvm::SetVector<Operation *> found;
  SmallVector<Value> work{visit.loop.getCarried()[visit.state]};
  while (!work.empty())
    for (Operation *user : work.pop_back_val().getUsers()) {
      if (user == visit.values || found.contains(user))
        continue;
      if (user->getBlock() != &visit.body() || user == visit.yield() ||
          user->getNumRegions() || isa<DotOp>(user) || !isMemoryEffectFree(user))
        return std::nullopt;
      found.insert(user);
      llvm::append_range(work, user->getResults());
    }
  SmallVector<Operation *> ordered;
  for (Operation &op : visit.body())
    if (found.contains(&op))
      ordered.push_back(&op);
  return ordered;
}

/// The parts of a loop that can be rotated.
static std::optional<Visit> findVisit(ForVisitsOp loop) {
  Visit visit;
  visit.loop = loop;
  visit.range = loop.getVisits().getDefiningOp<VisitRangeOp>();
  SmallVector<DotOp> products;
  loop.walk([&](DotOp dot) { products.push_back(dot); });
  if (!visit.range || products.size() != 2 || !loop.getTokenMask().use_empty() ||
      llvm::any_of(products,
                   [&](DotOp dot) { return dot->getBlock() != &visit.body(); }))
    return std::nullopt;
  visit.scores = products[0];
  visit.values = products[1];
  std::optional<unsigned> state = findState(visit.values, visit.yield());
  visit.load = visit.values.getRhs().getDefiningOp<LoadOp>();
  // Which rows are gathered the producer's lanes know, who carry no tile on.
  if (!state || !visit.load || visit.load->getBlock() != &visit.body() ||
      visit.load.getRows())
    return std::nullopt;
  visit.state = *state;
  auto rescale = findRescale(visit);
  if (!rescale)
    return std::nullopt;
  visit.rescale = std::move(*rescale);
  Value acc = visit.values.getAcc();
  if (acc != loop.getCarried()[visit.state] &&
      !llvm::is_contained(visit.rescale, acc.getDefiningOp()))
    return std::nullopt;
  auto round = visit.values.getLhs().getDefiningOp<arith::TruncFOp>();
  if (round && round->hasOneUse() && round->getBlock() == &visit.body())
    visit.round = round;
  bool behind = false;
  for (Operation &op : visit.body().without_terminator()) {
    if (op.hasTrait<OpTrait::ConstantLike>()) {
      visit.constants.push_back(&op);
      continue;
    }
    if (visit.isTail(&op) || &op == visit.round ||
        llvm::is_contained(visit.rescale, &op))
      continue;
    (behind ? visit.rest : visit.first).push_back(&op);
    behind |= &op == visit.scores;
  }
  auto hand = [&](Value value) {
    if (value.getParentBlock() == &visit.body() &&
        !llvm::is_contained(visit.constants, value.getDefiningOp()))
      visit.handed.insert(value);
  };
  llvm::for_each(visit.load->getOperands(), hand);
  hand(visit.values.getLhs());
  return visit;
}

namespace {
class Rotation {
public:
  Rotation(Visit &visit, bool turns, ImplicitLocOpBuilder &b)
      : visit(visit), turns(turns), b(b) {}

  /// In place of the loop.
  void write();

private:
  using Values = SmallVector<Value>;

  Values writeFirst(IRMapping &map);
  Values writeRest(Values carried);
  Values writeLoop(Value begin, Value end, bool isFull, ValueRange inits);
  void writeTurn(ForVisitsOp loop, bool isFull);
  Values writeWeights(IRMapping &map);
  Value writeTail(ValueRange carried);
  void copy(ArrayRef<Operation *> ops, IRMapping &map) {
    for (Operation *op : ops)
      b.clone(*op, map);
  }
  /// What the rotated loop carries behind a visit whose tail is to come: the carried
  /// values, of which the accumulator is as its product will take it, and what is
  /// handed to the tail.
  Values carry(const IRMapping &map) {
    Values values;
    for (Value value : visit.yield()->getOperands())
      values.push_back(map.lookupOrDefault(value));
    values[visit.state] = map.lookupOrDefault(visit.values.getAcc());
    for (Value value : visit.handed)
      values.push_back(map.lookup(value));
    return values;
  }
  size_t numCarried() { return visit.loop.getCarried().size(); }

  Visit &visit;
  bool turns;
  ImplicitLocOpBuilder &b;
};
} // namespace

/// The first visit, but for its tail.
SmallVector<Value> Rotation::writeFirst(IRMapping &map) {
  VisitRangeOp range = visit.range;
  ForVisitsOp loop = visit.loop;
  auto compare = [&](arith::CmpIPredicate predicate, Value bound) -> Value {
    return arith::CmpIOp::create(b, predicate, range.getBegin(), bound);
  };
  Value before = compare(arith::CmpIPredicate::slt, range.getFullBegin());
  Value behind = compare(arith::CmpIPredicate::sge, range.getFullEnd());
  map.map(loop.getBlockNumber(), range.getBegin());
  map.map(loop.getNeedsMask(), arith::OrIOp::create(b, before, behind).getResult());
  map.map(ValueRange(loop.getCarried()), loop.getInits());
  copy(visit.first, map);
  return writeWeights(map);
}

/// What a visit does from its scores on to before its tail: what there is to carry.
SmallVector<Value> Rotation::writeWeights(IRMapping &map) {
  copy(visit.rest, map);
  copy(visit.rescale, map);
  if (visit.round)
    b.clone(*visit.round.getOperation(), map);
  return carry(map);
}

/// The tail of the visit that left `carried`: what it has accumulated.
Value Rotation::writeTail(ValueRange carried) {
  IRMapping map;
  map.map(visit.values.getAcc(), carried[visit.state]);
  map.map(visit.handed.getArrayRef(), carried.drop_front(numCarried()));
  b.clone(*visit.load.getOperation(), map);
  return b.clone(*visit.values.getOperation(), map)->getResult(0);
}

/// A block that needs no mask lies within its sequence, and so do those before it:
/// their keys and values are whole.
static void dropCounts(Block &body) {
  for (auto dot : body.getOps<DotOp>())
    if (auto load = dot.getRhs().getDefiningOp<LoadOp>();
        load && load->getBlock() == &body)
      load.getCountMutable().clear();
}

/// One turn: the visit's head, and the tail of the visit before.
void Rotation::writeTurn(ForVisitsOp rotated, bool isFull) {
  ForVisitsOp loop = visit.loop;
  ValueRange carried(rotated.getCarried());
  IRMapping map;
  map.map(loop.getBlockNumber(), rotated.getBlockNumber());
  Value needsMask = rotated.getNeedsMask();
  if (isFull)
    needsMask = arith::ConstantOp::create(b, b.getBoolAttr(false));
  map.map(loop.getNeedsMask(), needsMask);
  map.map(ValueRange(loop.getCarried()), carried.take_front(numCarried()));
  copy(ArrayRef(visit.first).drop_back(), map);
  if (turns)
    AwaitTurnOp::create(b);
  // The values are waited for while the scores' product runs: not before, where it
  // would begin later (6.27 instead of 6.06 ms, dense causal at 16k).
  copy(visit.first.back(), map);
  Value state = writeTail(carried);
  if (turns)
    PassTurnOp::create(b);
  map.map(loop.getCarried()[visit.state], state);
  YieldOp::create(b, writeWeights(map));
}

/// The visits of blocks [begin, end): what they leave to carry.
SmallVector<Value> Rotation::writeLoop(Value begin, Value end, bool isFull,
                                       ValueRange inits) {
  VisitRangeOp range = visit.range;
  ForVisitsOp loop = visit.loop;
  Value visits = VisitRangeOp::create(b, range.getType(), begin, end,
                                      range.getFullBegin(), range.getFullEnd());
  auto rotated = ForVisitsOp::create(b, visits, loop.getTokenMask().getType(),
                                     loop.getHeads(), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&rotated.getBody().front());
  writeTurn(rotated, isFull);
  if (isFull)
    dropCounts(rotated.getBody().front());
  return llvm::to_vector_of<Value>(rotated.getResults());
}

/// The other visits: those before the blocks that need no mask, these, and those
/// behind. Each loop has the code that its visits need. Gives what the last one leaves.
SmallVector<Value> Rotation::writeRest(Values carried) {
  VisitRangeOp range = visit.range;
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value begin = arith::AddIOp::create(b, range.getBegin(), one);
  for (auto [bound, isFull] :
       {std::pair(range.getFullBegin(), false), std::pair(range.getFullEnd(), true)}) {
    if (!isFull && isEqualConstantIntOrValue(bound, range.getBegin()))
      continue; // none is before them
    Value inside = arith::MinSIOp::create(b, bound, range.getEnd());
    Value end = arith::MaxSIOp::create(b, begin, inside);
    carried = writeLoop(begin, end, isFull, carried);
    begin = end;
  }
  return writeLoop(begin, range.getEnd(), /*isFull=*/false, carried);
}

void Rotation::write() {
  ForVisitsOp loop = visit.loop;
  VisitRangeOp range = visit.range;
  for (Operation *constant : visit.constants)
    constant->moveBefore(loop);
  b.setInsertionPoint(loop);
  b.setLoc(loop.getLoc());
  Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, range.getBegin(),
                                    range.getEnd());
  auto branch =
      scf::IfOp::create(b, loop.getResultTypes(), any, /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    IRMapping map;
    Values last = writeRest(writeFirst(map));
    last[visit.state] = writeTail(last);
    scf::YieldOp::create(b, ArrayRef(last).take_front(numCarried()));
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loop.getInits());
  }
  loop->replaceAllUsesWith(branch.getResults());
  loop.erase();
}

/// Whether a visit multiplies for more than scores and values, or by gathered rows, as
/// those of gradients do: its products overlap by where they are waited for.
static bool waitsLate(ForVisitsOp loop) {
  Block &body = loop.getBody().front();
  return llvm::range_size(body.getOps<DotOp>()) > 2 ||
         llvm::any_of(body.getOps<LoadOp>(),
                      [](LoadOp load) { return bool(load.getRows()); });
}

/// A loop that is rotated is one with two products again: its own output would be
/// rotated once more.
static LogicalResult verifyNotRotated(KernelOp kernel) {
  WalkResult result = kernel.walk([](LoadOp load) {
    if (!load->hasAttr(kRingAttrName))
      return WalkResult::advance();
    emitError(getPlace(load)) << "'" << load->getName()
                              << "' op expected a load without " << kRingAttrName
                              << ": tile-overlap-products has run";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct OverlapProducts final
    : fovea::tile::impl::OverlapProductsPassBase<OverlapProducts> {
  using OverlapProductsPassBase::OverlapProductsPassBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (failed(verifyPhase(kernel, Phase::Placed)))
      return signalPassFailure();
    GpuAttr schedule = getGpuSchedule(kernel);
    if (!schedule || !schedule.getOverlap())
      return;
    if (failed(verifyNotRotated(kernel)))
      return signalPassFailure();
    std::vector<Visit> visits;
    bool anyWaitsLate = false;
    kernel.walk([&](ForVisitsOp loop) {
      anyWaitsLate |= waitsLate(loop);
      if (std::optional<Visit> visit = findVisit(loop))
        visits.push_back(*visit);
    });
    if (visits.empty() && anyWaitsLate)
      return;
    if (visits.empty()) {
      kernel.emitOpError() << "expected a loop over a range of visits with one product "
                              "for scores and one with values, or with more products "
                              "or gathered rows, which overlap needs";
      return signalPassFailure();
    }
    numberRings(kernel.getBody());
    ImplicitLocOpBuilder b(kernel.getLoc(), &getContext());
    for (Visit &visit : visits)
      Rotation(visit, schedule.getTurns(), b).write();
  }
};
} // namespace
