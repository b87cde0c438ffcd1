//===- Warp.cpp - control flow of a warp ----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Lanes that leave a loop take its results with them, and wait for the others; the two
// sides of a branch run one after the other.
//
//===----------------------------------------------------------------------===//

#include "Warp.h"

#include "BlockState.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea::simt;
using fovea::tile::FindingKind;

unsigned fovea::simt::bitsOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
}

int64_t fovea::simt::elementsOf(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() : 1;
}

Mask fovea::simt::whereTrue(const Lanes &condition) {
  Mask result = 0;
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    result |= Mask(condition[lane] & 1) << lane;
  return result;
}

static Handlers makeHandlers() {
  Handlers handlers;
  addArithmetic(handlers);
  addAcrossLanes(handlers);
  addMemory(handlers);
  addBarriers(handlers);
  addProducts(handlers);
  return handlers;
}

OperationInfo fovea::simt::describe(Operation *op) {
  static const Handlers handlers = makeHandlers();
  auto found = handlers.find(op->getName().getTypeID());
  return {found == handlers.end() ? nullptr : &found->second,
          op->hasTrait<OpTrait::IsTerminator>(),
          isa<scf::IfOp, scf::ForOp, scf::WhileOp>(op),
          isa<BarrierWaitOp, BarrierArriveOp, BarrierExpectOp, BarrierArriveCopiesOp,
              TmaLoadOp, CopyAsyncOp, CopiesWaitOp, SyncBlockOp, SyncNamedOp,
              ArriveNamedOp, WgmmaOp, WgmmaWaitOp, SleepOp>(op)};
}

Warp::Warp(BlockState &block, unsigned number, Block &entry,
           ArrayRef<uint64_t> arguments)
    : block(block), number(number) {
  for (auto [argument, value] : llvm::zip_equal(entry.getArguments(), arguments))
    set(argument, Lanes(kWarpLanes, value));
  push(entry, kAllLanes);
}

Operation *Warp::next() const { return frames.empty() ? nullptr : &*frames.back().at; }

unsigned Warp::firstLane() const { return llvm::countr_zero(mask()); }

uint64_t Warp::uniform(Value value, Operation *reader) {
  const Lanes &lanes = *get(value);
  uint64_t first = lanes[firstLane()];
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    if (has(lane) && lanes[lane] != first) {
      block.report(FindingKind::Unsupported, reader,
                   "expected the same operand in all lanes");
      break;
    }
  return first;
}

void Warp::expectAllLanes(Operation *op) {
  if (mask() != kAllLanes)
    block.report(FindingKind::Deadlock, op,
                 "expected all lanes of the warp, got " +
                     Twine(llvm::popcount(mask())) + " of them");
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

bool Warp::canRun() {
  return !block.launch.infoOf(next()).isShared || canPass(*this, next());
}

std::string Warp::explainWait() {
  return "warp " + std::to_string(number) + " waits " + explainBarrier(*this, next());
}

void Warp::advance() {
  do {
    Operation *op = next();
    OperationInfo info = block.launch.infoOf(op);
    if (++block.steps > block.launch.options.maxSteps)
      return block.report(FindingKind::Deadlock, op, "the block runs without an end");
    ++frames.back().at;
    if (info.isTerminator)
      leave(op);
    else if (info.isControl)
      enter(op);
    else if (info.handler)
      (*info.handler)(*this, op);
    else
      block.report(FindingKind::Unsupported, op,
                   "expected an operation that the interpreter of threads knows, got " +
                       op->getName().getStringRef());
  } while (!isDone() && !block.launch.findings.any() &&
           !block.launch.infoOf(next()).isShared);
}

void Warp::push(Block &target, Mask mask, Mask others) {
  frames.push_back({&target, target.begin(), mask, others});
}

void Warp::goTo(Block &target, Mask mask) {
  frames.back() = {&target, target.begin(), mask};
}

void Warp::bind(ValueRange targets, ValueRange sources) {
  SmallVector<LanesRef> values; // a source may be a target
  for (Value source : sources)
    values.push_back(get(source));
  for (auto [target, value] : llvm::zip_equal(targets, values))
    set(target, std::move(value));
}

void Warp::merge(ValueRange targets, ValueRange sources, Mask mask) {
  for (auto [target, source] : llvm::zip_equal(targets, sources)) {
    const LanesRef &value = get(source);
    auto found = env.find(target);
    if (mask == kAllLanes || found == env.end()) {
      set(target, value);
      continue;
    }
    Lanes merged = *found->second;
    for (size_t i = 0; i < merged.size(); ++i)
      if (mask >> i % kWarpLanes & 1)
        merged[i] = (*value)[i];
    set(target, std::move(merged));
  }
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

/// The lanes of `among` whose loop goes on.
static Mask whereLess(const Lanes &index, const Lanes &end, unsigned bits, Mask among) {
  Mask result = 0;
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    if (llvm::SignExtend64(index[lane], bits) < llvm::SignExtend64(end[lane], bits))
      result |= Mask(1) << lane;
  return result & among;
}

void Warp::enter(Operation *op) {
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Mask taken = mask() & whereTrue(*get(branch.getCondition())),
         others = mask() & ~taken;
    if (branch.getElseRegion().empty())
      others = 0;
    if (taken)
      push(branch.getThenRegion().front(), taken, others);
    else if (others)
      push(branch.getElseRegion().front(), others);
    return;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    bind(loop.getResults(), loop.getInits());
    bind(loop.getInductionVar(), loop.getLowerBound());
    Mask inside = whereLess(*get(loop.getLowerBound()), *get(loop.getUpperBound()),
                            bitsOf(loop.getInductionVar().getType()), mask());
    if (!inside)
      return;
    bind(loop.getRegionIterArgs(), loop.getInits());
    return push(*loop.getBody(), inside);
  }
  auto loop = cast<scf::WhileOp>(op);
  bind(loop.getBeforeArguments(), loop.getInits());
  push(*loop.getBeforeBody(), mask());
}

void Warp::leave(Operation *terminator) {
  if (isa<LLVM::ReturnOp>(terminator))
    return frames.clear();
  Operation *parent = terminator->getParentOp();
  if (isa<scf::IfOp>(parent))
    leaveIf(terminator);
  else if (isa<scf::ForOp>(parent))
    leaveFor(terminator);
  else if (isa<scf::WhileOp>(parent))
    leaveWhile(terminator);
  else
    block.report(FindingKind::Unsupported, terminator,
                 "expected structured control flow, got " +
                     terminator->getName().getStringRef());
}

void Warp::leaveIf(Operation *terminator) {
  auto branch = cast<scf::IfOp>(terminator->getParentOp());
  merge(branch.getResults(), terminator->getOperands(), mask());
  if (Mask others = frames.back().others)
    return goTo(branch.getElseRegion().front(), others);
  frames.pop_back();
}

void Warp::leaveFor(Operation *terminator) {
  auto loop = cast<scf::ForOp>(terminator->getParentOp());
  unsigned bits = bitsOf(loop.getInductionVar().getType());
  Lanes index = *get(loop.getInductionVar());
  for (unsigned lane = 0; lane < kWarpLanes; ++lane)
    index[lane] = (index[lane] + at(loop.getStep(), lane)) &
                  llvm::maskTrailingOnes<uint64_t>(bits);
  Mask inside = whereLess(index, *get(loop.getUpperBound()), bits, mask());
  merge(loop.getResults(), terminator->getOperands(), mask() & ~inside);
  if (!inside)
    return frames.pop_back();
  bind(loop.getRegionIterArgs(), terminator->getOperands());
  set(loop.getInductionVar(), std::move(index));
  goTo(*loop.getBody(), inside);
}

void Warp::leaveWhile(Operation *terminator) {
  auto loop = cast<scf::WhileOp>(terminator->getParentOp());
  auto condition = dyn_cast<scf::ConditionOp>(terminator);
  if (!condition) {
    bind(loop.getBeforeArguments(), terminator->getOperands());
    return goTo(*loop.getBeforeBody(), mask());
  }
  Mask inside = mask() & whereTrue(*get(condition.getCondition()));
  merge(loop.getResults(), condition.getArgs(), mask() & ~inside);
  if (!inside)
    return frames.pop_back();
  bind(loop.getAfterArguments(), condition.getArgs());
  goTo(*loop.getAfterBody(), inside);
}

//===----------------------------------------------------------------------===//
// What runs later
//===----------------------------------------------------------------------===//

void Warp::issue(PendingProduct product) {
  if (!block.launch.options.order.lateProducts)
    return compute(*this, product);
  products.push_back(std::move(product));
}

void Warp::retire(int64_t newer) {
  while (!products.empty() && products.front().group < group - newer) {
    compute(*this, products.front());
    products.pop_front();
  }
}
