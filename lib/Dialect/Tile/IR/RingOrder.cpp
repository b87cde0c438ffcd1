//===- RingOrder.cpp - both sides make the same steps ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The trail of a role is its code with nothing left but steps, and loops and conditions
// around steps. Tiles are put and got along one trail for all rings: a side that waits
// in one ring then never keeps the other from what it waits for there. Visits are taken
// ahead of what they announce, so for them it counts how often, not when.
//
//===----------------------------------------------------------------------===//

#include "RingWalk.h"

#include "SameValue.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

#include <algorithm>
#include <functional>
#include <vector>

using namespace mlir;
using namespace fovea::tile;

namespace {
struct Mark;
using Trail = std::vector<Mark>;

/// A step, a loop or a condition.
struct Mark {
  enum class Kind { Step, Loop, Condition };
  Kind kind;
  Operation *op;
  Value value = {};     ///< a step's ring, or the condition
  Trail body = {};      ///< of a loop, or where the condition holds
  Trail otherwise = {}; ///< where it does not
};

/// The two places at which trails part; null where one has ended.
struct Fork {
  Operation *first, *second;
};

class TrailFinder {
public:
  explicit TrailFinder(std::function<bool(Operation *)> isStep)
      : isStep(std::move(isStep)) {}
  Trail find(Block *block);

private:
  void addCondition(Trail &trail, Mark mark);

  std::function<bool(Operation *)> isStep;
};
} // namespace

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

/// The ring from which every turn of `loop` takes a visit, as long as there is one.
static Value findStream(scf::WhileOp loop) {
  auto more = dyn_cast<BlockArgument>(loop.getConditionOp().getCondition());
  if (!more || more.getOwner() != loop.getBeforeBody())
    return Value();
  unsigned i = more.getArgNumber();
  auto first = loop.getInits()[i].getDefiningOp<TakeOp>();
  auto next = loop.getYieldOp().getOperand(i).getDefiningOp<TakeOp>();
  if (!first || !next || first.getMore() != loop.getInits()[i] ||
      next.getMore() != loop.getYieldOp().getOperand(i) ||
      first.getRing() != next.getRing())
    return Value();
  return first.getRing();
}

/// Whether `loop` posts each of its visits to `ring` and, behind it, their end.
static bool isStreamed(ForVisitsOp loop, Value ring) {
  auto isPost = [&](Operation &op, bool visit) {
    auto post = dyn_cast<PostOp>(op);
    return post && post.getRing() == ring && bool(post.getKeyBlock()) == visit;
  };
  auto isVisit = [&](Operation &op) { return isPost(op, true); };
  auto behind =
      llvm::make_range(std::next(loop->getIterator()), loop->getBlock()->end());
  auto end = llvm::find_if(behind, [&](Operation &op) {
    return isa<PostOp>(op) && op.getOperand(0) == ring;
  });
  return llvm::count_if(loop.getBody().front(), isVisit) == 1 && end != behind.end() &&
         isPost(*end, false);
}

static bool runAsOften(Operation *first, Operation *second, SameValue &same) {
  if (auto stream = dyn_cast<scf::WhileOp>(second)) {
    auto visits = dyn_cast<ForVisitsOp>(first);
    Value ring = findStream(stream);
    return visits && ring && isStreamed(visits, ring);
  }
  if (first->getName() != second->getName())
    return false;
  if (auto loop = dyn_cast<scf::ForOp>(first)) {
    auto other = cast<scf::ForOp>(second);
    return same(loop.getLowerBound(), other.getLowerBound()) &&
           same(loop.getUpperBound(), other.getUpperBound()) &&
           same(loop.getStep(), other.getStep());
  }
  if (auto loop = dyn_cast<ForVisitsOp>(first))
    return same(loop.getVisits(), cast<ForVisitsOp>(second).getVisits());
  if (auto loop = dyn_cast<ForProgramsOp>(first))
    return loop.getOrder() == cast<ForProgramsOp>(second).getOrder();
  return false;
}

static std::optional<Fork> findFork(const Trail &first, const Trail &second,
                                    SameValue &same);

static std::optional<Fork> findFork(const Mark &first, const Mark &second,
                                    SameValue &same) {
  Fork here{first.op, second.op};
  if (first.kind != second.kind)
    return here;
  switch (first.kind) {
  case Mark::Kind::Step:
    return first.value == second.value ? std::nullopt : std::optional(here);
  case Mark::Kind::Loop:
    if (!runAsOften(first.op, second.op, same))
      return here;
    same.pair(first.op, second.op);
    return findFork(first.body, second.body, same);
  case Mark::Kind::Condition:
    if (!same(first.value, second.value))
      return here;
    if (std::optional<Fork> fork = findFork(first.body, second.body, same))
      return fork;
    return findFork(first.otherwise, second.otherwise, same);
  }
  llvm_unreachable("all kinds are compared");
}

/// Where `first` and `second` part; none: they are the same steps.
static std::optional<Fork> findFork(const Trail &first, const Trail &second,
                                    SameValue &same) {
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i >= first.size() || i >= second.size())
      return Fork{i < first.size() ? first[i].op : nullptr,
                  i < second.size() ? second[i].op : nullptr};
    if (std::optional<Fork> fork = findFork(first[i], second[i], same))
      return fork;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Finding
//===----------------------------------------------------------------------===//

/// One form for what canonicalization writes in several: steps that both branches make
/// do not depend on the condition; conditions that hold together are nested; neighbours
/// under one condition are one.
void TrailFinder::addCondition(Trail &trail, Mark mark) {
  SameValue same;
  if (!findFork(mark.body, mark.otherwise, same)) {
    llvm::move(mark.body, std::back_inserter(trail));
    return;
  }
  auto both = mark.value.getDefiningOp<arith::AndIOp>();
  if (both && mark.otherwise.empty()) {
    Mark inner = mark;
    inner.value = both.getRhs();
    mark.value = both.getLhs();
    mark.body.clear();
    addCondition(mark.body, std::move(inner));
    return addCondition(trail, std::move(mark));
  }
  if (!trail.empty() && trail.back().kind == Mark::Kind::Condition &&
      trail.back().value == mark.value) {
    llvm::move(mark.body, std::back_inserter(trail.back().body));
    llvm::move(mark.otherwise, std::back_inserter(trail.back().otherwise));
    return;
  }
  trail.push_back(std::move(mark));
}

Trail TrailFinder::find(Block *block) {
  Trail trail;
  if (!block)
    return trail;
  for (Operation &op : *block) {
    if (isStep(&op)) {
      trail.push_back({Mark::Kind::Step, &op, ringOf(&op)});
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      addCondition(trail, {Mark::Kind::Condition, &op, branch.getCondition(),
                           find(branch.thenBlock()), find(branch.elseBlock())});
    } else if (op.getNumRegions()) {
      // The last region of an scf.while is what runs again and again.
      Trail body = find(&op.getRegions().back().front());
      if (!body.empty())
        trail.push_back({Mark::Kind::Loop, &op, Value(), std::move(body)});
    }
  }
  return trail;
}

/// Steps of one block before its loops and conditions.
static void forgetOrder(Trail &trail) {
  for (Mark &mark : trail) {
    forgetOrder(mark.body);
    forgetOrder(mark.otherwise);
  }
  std::stable_partition(trail.begin(), trail.end(),
                        [](const Mark &mark) { return mark.kind == Mark::Kind::Step; });
}

//===----------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------===//

static LogicalResult reportFork(SpecializeOp op, const Fork &fork) {
  InFlightDiagnostic diagnostic =
      op.emitOpError() << "expected both sides to go through their rings in one order, "
                          "under the same loops and conditions";
  for (auto [place, side] :
       {std::pair(fork.first, "producer"), std::pair(fork.second, "consumers")}) {
    Location loc = place ? place->getLoc() : op.getLoc();
    Diagnostic &note = diagnostic.attachNote(loc) << "the " << side;
    if (place)
      note << (side == StringRef("producer") ? " goes" : " go") << " on with '"
           << place->getName() << "'";
    else
      note << (side == StringRef("producer") ? " has" : " have") << " no more";
  }
  return diagnostic;
}

/// specialize_c6
LogicalResult fovea::tile::verifyRingOrder(SpecializeOp op) {
  TrailFinder tiles([](Operation *inner) { return isa<PutOp, GetOp>(inner); });
  Block *producer = &op.getProducer().front(), *consumers = &op.getConsumers().front();
  SameValue same;
  if (auto fork = findFork(tiles.find(producer), tiles.find(consumers), same))
    return reportFork(op, *fork);
  llvm::SetVector<Value> visitRings;
  op->walk([&](Operation *inner) {
    if (isa<PostOp, TakeOp>(inner))
      visitRings.insert(ringOf(inner));
  });
  for (Value ring : visitRings) {
    TrailFinder visits([ring](Operation *inner) {
      return isa<PostOp, TakeOp>(inner) && ringOf(inner) == ring;
    });
    Trail posts = visits.find(producer), takes = visits.find(consumers);
    forgetOrder(posts);
    forgetOrder(takes);
    if (auto fork = findFork(posts, takes, same))
      return reportFork(op, *fork);
  }
  return success();
}
