//===- RingNumbers.cpp - numbers count the tiles of a ring ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Goes through a role in the order of execution and knows, for one ring, every way in
// which the program writes "steps so far": a constant at the start, a carried value in
// a loop, either plus what was stepped since. A loop's carried values are assumed to
// count and dropped, one by one, where what is yielded does not. Loops and branches
// without a step may still give the count another name.
//
//===----------------------------------------------------------------------===//

#include "RingWalk.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace fovea::tile;

std::optional<Carried> fovea::tile::getCarried(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return Carried{loop.getInits(), ValueRange(loop.getRegionIterArgs()),
                   loop.getYieldedValues(), loop.getResults()};
  auto carried = [](auto loop) {
    return Carried{loop.getInits(), ValueRange(loop.getCarried()),
                   loop.getBody().front().getTerminator()->getOperands(),
                   loop.getResults()};
  };
  if (auto loop = dyn_cast<ForVisitsOp>(op))
    return carried(loop);
  if (auto loop = dyn_cast<ForProgramsOp>(op))
    return carried(loop);
  return std::nullopt;
}

namespace {
/// `base + offset`; without a base, a constant.
struct Number {
  Value base;
  int64_t offset = 0;

  static Number read(Value value);
  bool operator==(const Number &other) const {
    return base == other.base && offset == other.offset;
  }
};
} // namespace

Number Number::read(Value value) {
  int64_t offset = 0;
  APInt constant;
  while (auto add = value.getDefiningOp<arith::AddIOp>()) {
    if (matchPattern(add.getRhs(), m_ConstantInt(&constant)))
      value = add.getLhs();
    else if (matchPattern(add.getLhs(), m_ConstantInt(&constant)))
      value = add.getRhs();
    else
      break;
    offset += constant.getSExtValue();
  }
  if (matchPattern(value, m_ConstantInt(&constant)))
    return {Value(), offset + constant.getSExtValue()};
  return {value, offset};
}

namespace {
/// The ways to write one ring's count.
using Counts = SmallVector<Number>;

class NumberWalk {
public:
  explicit NumberWalk(Value ring) : ring(ring) {}

  /// Takes `counts` from before `block` to behind it. Fails after a diagnostic.
  LogicalResult walk(Block &block, Counts &counts);

private:
  LogicalResult walkStep(Operation *step, Counts &counts);
  LogicalResult walkIf(scf::IfOp branch, Counts &counts);
  LogicalResult walkLoop(Operation *loop, const Carried &carried, Counts &counts);
  LogicalResult walkWhile(scf::WhileOp loop, Counts &counts);

  bool isStep(Operation *op) const { return isRingStep(op) && ringOf(op) == ring; }
  bool hasSteps(Operation *op) const {
    auto visit = [&](Operation *inner) {
      return isStep(inner) ? WalkResult::interrupt() : WalkResult::advance();
    };
    return op->walk(visit).wasInterrupted();
  }

  Value ring;
};
} // namespace

static bool writes(const Counts &counts, Value value) {
  return llvm::is_contained(counts, Number::read(value));
}

LogicalResult NumberWalk::walk(Block &block, Counts &counts) {
  for (Operation &op : block) {
    LogicalResult result = success();
    if (isStep(&op))
      result = walkStep(&op, counts);
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      result = walkIf(branch, counts);
    else if (auto loop = dyn_cast<scf::WhileOp>(op))
      result = walkWhile(loop, counts);
    else if (std::optional<Carried> carried = getCarried(&op))
      result = walkLoop(&op, *carried, counts);
    else if (hasSteps(&op))
      return op.emitOpError() << "expected loops and scf.if around rings";
    if (failed(result))
      return failure();
  }
  return success();
}

LogicalResult NumberWalk::walkStep(Operation *step, Counts &counts) {
  if (!writes(counts, numberOf(step)))
    return step->emitOpError()
           << "expected a number that counts the tiles of its ring from 0, one more "
              "for "
              "each put, post, get and take of this side, on every path";
  for (Number &count : counts)
    ++count.offset;
  return success();
}

LogicalResult NumberWalk::walkIf(scf::IfOp branch, Counts &counts) {
  Counts thenCounts = counts, elseCounts = counts;
  if (failed(walk(*branch.thenBlock(), thenCounts)) ||
      (branch.elseBlock() && failed(walk(*branch.elseBlock(), elseCounts))))
    return failure();
  counts.clear();
  llvm::copy_if(thenCounts, std::back_inserter(counts), [&](const Number &count) {
    return llvm::is_contained(elseCounts, count);
  });
  for (auto [i, result] : llvm::enumerate(branch.getResults()))
    if (writes(thenCounts, branch.thenYield().getOperand(i)) &&
        writes(elseCounts, branch.elseYield().getOperand(i)))
      counts.push_back({result});
  return success();
}

/// Keeps those numbers i of `candidates` for which `yields[i]` is written by `counts`.
/// True if all stay.
static bool keepCounted(SmallVector<unsigned> &candidates, ValueRange yields,
                        const Counts &counts) {
  size_t before = candidates.size();
  llvm::erase_if(candidates, [&](unsigned i) { return !writes(counts, yields[i]); });
  return candidates.size() == before;
}

static SmallVector<unsigned> findCounted(ValueRange values, const Counts &counts) {
  SmallVector<unsigned> found;
  for (auto [i, value] : llvm::enumerate(values))
    if (writes(counts, value))
      found.push_back(i);
  return found;
}

/// Those of `values`, beside `counts`.
static Counts add(Counts counts, ValueRange values, ArrayRef<unsigned> which) {
  for (unsigned i : which)
    counts.push_back({values[i]});
  return counts;
}

LogicalResult NumberWalk::walkLoop(Operation *loop, const Carried &carried,
                                   Counts &counts) {
  SmallVector<unsigned> candidates = findCounted(carried.inits, counts);
  // What counts before the loop still does in it and behind it if it steps nothing.
  Counts fixed = hasSteps(loop) ? Counts() : counts, inBody;
  do {
    inBody = add(fixed, carried.args, candidates);
    if (failed(walk(loop->getRegion(0).front(), inBody)))
      return failure();
  } while (!keepCounted(candidates, carried.yields, inBody));
  counts = add(fixed, carried.results, candidates);
  return success();
}

/// As above. The first region decides and steps nothing; what it passes on are the
/// arguments of the second, and the results.
LogicalResult NumberWalk::walkWhile(scf::WhileOp loop, Counts &counts) {
  scf::ConditionOp condition = loop.getConditionOp();
  for (Operation &op : *loop.getBeforeBody())
    if (hasSteps(&op))
      return op.emitOpError() << "expected no ring where a loop decides to go on";
  SmallVector<unsigned> candidates = findCounted(loop.getInits(), counts);
  Counts fixed = hasSteps(loop) ? Counts() : counts, inBody;
  SmallVector<unsigned> passed;
  do {
    Counts before = add(fixed, ValueRange(loop.getBeforeArguments()), candidates);
    passed = findCounted(condition.getArgs(), before);
    inBody = add(fixed, ValueRange(loop.getAfterArguments()), passed);
    if (failed(walk(*loop.getAfterBody(), inBody)))
      return failure();
  } while (!keepCounted(candidates, loop.getYieldOp().getOperands(), inBody));
  counts = add(fixed, loop.getResults(), passed);
  return success();
}

/// specialize_c5
LogicalResult fovea::tile::verifyRingNumbers(SpecializeOp op) {
  for (Region *role : {&op.getProducer(), &op.getConsumers()}) {
    llvm::SetVector<Value> rings;
    role->walk([&](Operation *inner) {
      if (isRingStep(inner))
        rings.insert(ringOf(inner));
    });
    for (Value ring : rings) {
      Counts counts{Number()};
      if (failed(NumberWalk(ring).walk(role->front(), counts)))
        return failure();
    }
  }
  return success();
}
