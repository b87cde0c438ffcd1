//===- Machine.cpp - control flow of one thread ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fovea::tile;

Machine::Machine(World &world, Role role, unsigned group, Environment env, Block &entry)
    : world(world), role(role), group(group), env(std::move(env)) {
  push(entry);
}

Operation *Machine::next() const {
  return frames.empty() ? nullptr : &*frames.back().at;
}

void Machine::push(Block &block) {
  if (!block.empty())
    frames.push_back({&block, block.begin()});
}

SmallVector<int64_t, 4> Machine::integers(ValueRange values) const {
  SmallVector<int64_t, 4> result;
  for (Value value : values)
    result.push_back(integer(value));
  return result;
}

TileRef Machine::tile(const Datum &datum, Operation *reader) {
  if (auto *slot = std::get_if<SlotUse>(&datum))
    return slot->ring->read(slot->number, group, reader, world.findings);
  return std::get<TileRef>(datum);
}
TileRef Machine::tile(Value value, Operation *reader) {
  return tile(get(value), reader);
}

std::pair<int64_t, int64_t> Machine::ownRows(int64_t rows) const {
  if (role != Role::Consumer)
    return {0, rows};
  int64_t groupRows = world.groupWarps * kFragmentRows, begin = group * groupRows;
  return {std::min(begin, rows), std::min(begin + groupRows, rows)};
}

std::pair<int64_t, int64_t> Machine::ownElements(RankedTensorType type) const {
  int64_t rows = type.getDimSize(0), columns = type.getNumElements() / rows;
  if (!isa_and_nonnull<FragmentAttr, FragmentRowsAttr>(type.getEncoding()))
    return {0, rows * columns};
  auto [begin, end] = ownRows(rows);
  return {begin * columns, end * columns};
}

/// Warps of `warps` that hold a row, rows in lanes: those of its group are asked for.
static bool groupHoldsLaneRow(int64_t rows, int64_t warps, int64_t row, int64_t group,
                              int64_t groupWarps) {
  int64_t first =
      rows >= warps ? row / rowsPerWarp(rows, warps) : row * warpsPerRow(rows, warps);
  int64_t last = rows >= warps ? first : first + warpsPerRow(rows, warps) - 1;
  return first / groupWarps <= group && group <= last / groupWarps;
}

bool Machine::ownsRow(RankedTensorType type, int64_t row) const {
  if (role != Role::Consumer)
    return true;
  Attribute encoding = type.getEncoding();
  int64_t rows = type.getDimSize(0);
  if (isa_and_nonnull<FragmentAttr, FragmentRowsAttr>(encoding))
    return row / (world.groupWarps * kFragmentRows) == group;
  if (auto lanes = dyn_cast_or_null<LanesAttr>(encoding))
    return groupHoldsLaneRow(rows, lanes.getWarps(), row, group, world.groupWarps);
  if (auto lanes = dyn_cast_or_null<LaneRowsAttr>(encoding))
    return groupHoldsLaneRow(rows, lanes.getWarps(), row, group, world.groupWarps);
  if (auto scratch = dyn_cast_or_null<ScratchAttr>(encoding))
    return groupHoldsLaneRow(rows, scratch.getWarps(), row, group, world.groupWarps);
  return true;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// Operations that other threads can see, or that see them.
static bool isShared(Operation *op) {
  return isa<PutOp, PostOp, GetOp, TakeOp, ReadOp, ReleaseOp, ClearRowsOp, IssueDotOp,
             WaitOp, AwaitTurnOp, PassTurnOp>(op);
}

bool Machine::canRun() const {
  Operation *op = next();
  if (auto put = dyn_cast<PutOp>(op))
    return std::get<Ring *>(get(put.getRing()))->canPut(integer(put.getNumber()));
  if (auto post = dyn_cast<PostOp>(op))
    return std::get<Ring *>(get(post.getRing()))->canPut(integer(post.getNumber()));
  if (isa<GetOp, TakeOp>(op))
    return std::get<Ring *>(get(op->getOperand(0)))->canGet(integer(op->getOperand(1)));
  if (isa<AwaitTurnOp>(op))
    return world.turn == group;
  return true;
}

std::string Machine::explainWait() const {
  Operation *op = next();
  if (isa<AwaitTurnOp>(op))
    return llvm::formatv("group {0} waits for its turn, which is group {1}'s", group,
                         world.turn);
  Ring *ring = std::get<Ring *>(get(op->getOperand(0)));
  int64_t number = integer(op->getOperand(1));
  std::string who = role == Role::Producer ? std::string("the producer")
                                           : "group " + std::to_string(group);
  return who + " waits " +
         (isa<PutOp, PostOp>(op) ? ring->explainPut(number) : ring->explainGet(number));
}

void Machine::advance() {
  do
    advanceOne();
  while (!isDone() && !world.findings.any() && !isShared(next()));
}

void Machine::advanceOne() {
  Operation *op = next();
  if (++world.steps > world.options.maxSteps) {
    world.findings.report(FindingKind::Deadlock, op->getLoc(),
                          "the block runs without an end");
    return;
  }
  ++frames.back().at;
  if (op->hasTrait<OpTrait::IsTerminator>())
    leave(op);
  else if (!enter(op) && !evaluateElementwise(op, *this) &&
           !evaluateCompute(op, *this) && !evaluateSelection(op, *this) &&
           !evaluateMemory(op, *this) && !evaluateRing(op, *this) &&
           !evaluateHost(op, *this))
    world.findings.report(FindingKind::Unsupported, op->getLoc(),
                          "expected an operation that the interpreter knows, got " +
                              op->getName().getStringRef().str());
  // Regions without a terminator end with their last operation.
  while (!frames.empty() && frames.back().at == frames.back().block->end())
    frames.pop_back();
}

void Machine::bind(ValueRange targets, ValueRange sources) {
  SmallVector<Datum> values; // a source may be a target
  for (Value source : sources)
    values.push_back(get(source));
  for (auto [target, value] : llvm::zip_equal(targets, values))
    env[target] = std::move(value);
}

void Machine::finish(Operation *loop, ValueRange values) {
  frames.pop_back();
  bind(loop->getResults(), values);
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

bool Machine::startVisit(ForVisitsOp loop, Frame &frame) {
  if (frame.position >= int64_t(frame.visits->size()))
    return false;
  const Visit &visit = (*frame.visits)[frame.position];
  set(loop.getBlockNumber(), visit.block);
  set(loop.getNeedsMask(), int64_t(visit.masked));
  TileRef tokens = visit.tokens;
  if (!tokens) {
    auto all =
        std::make_shared<Tile>(cast<RankedTensorType>(loop.getTokenMask().getType()));
    llvm::fill(all->ints, 1);
    tokens = all;
  }
  set(loop.getTokenMask(), tokens);
  restart(frame);
  return true;
}

int64_t Machine::programNumber() const {
  int64_t number = 0;
  for (unsigned axis = kGridRank; axis-- > 0;)
    number = number * world.grid[axis] + place[axis];
  return number;
}

/// The place of the frame's program; its position counts them in the loop's order.
bool Machine::startProgram(ForProgramsOp loop, Frame &frame) {
  int64_t number = frame.position;
  if (number >= llvm::product_of(world.grid))
    return false;
  for (unsigned axis : loop.getAxes()) {
    int64_t size = world.grid[axis], at = number % size;
    number /= size;
    place[axis] = loop.runsBackwards(axis) ? size - 1 - at : at;
    set(loop.getPlace(axis), place[axis]);
  }
  restart(frame);
  return true;
}

bool Machine::enter(Operation *op) {
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Region &region = integer(branch.getCondition()) ? branch.getThenRegion()
                                                    : branch.getElseRegion();
    if (!region.empty())
      push(region.front());
    return true;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    int64_t begin = integer(loop.getLowerBound()), end = integer(loop.getUpperBound());
    if (begin >= end)
      return bind(loop.getResults(), loop.getInits()), true;
    push(*loop.getBody());
    frames.back().position = begin;
    frames.back().end = end;
    frames.back().step = integer(loop.getStep());
    set(loop.getInductionVar(), begin);
    bind(loop.getRegionIterArgs(), loop.getInits());
    return true;
  }
  if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    bind(loop.getBeforeArguments(), loop.getInits());
    push(*loop.getBeforeBody());
    return true;
  }
  if (auto loop = dyn_cast<ForVisitsOp>(op)) {
    bind(loop.getCarried(), loop.getInits());
    push(loop.getBody().front());
    frames.back().visits = std::get<VisitsRef>(get(loop.getVisits()));
    if (!startVisit(loop, frames.back()))
      finish(loop, loop.getInits());
    return true;
  }
  if (auto loop = dyn_cast<ForProgramsOp>(op)) {
    bind(loop.getCarried(), loop.getInits());
    push(loop.getBody().front());
    frames.back().position = world.block;
    frames.back().step = world.options.blocks;
    if (!startProgram(loop, frames.back()))
      finish(loop, loop.getInits());
    return true;
  }
  return false;
}

void Machine::leave(Operation *terminator) {
  Operation *parent = terminator->getParentOp();
  if (isa<ReturnOp, func::ReturnOp>(terminator)) {
    if (isa<func::ReturnOp>(terminator))
      for (Value value : terminator->getOperands())
        returned.push_back(integer(value));
    frames.clear();
  } else if (isa<scf::IfOp>(parent)) {
    finish(parent, terminator->getOperands());
  } else if (isa<scf::ForOp>(parent)) {
    leaveFor(terminator);
  } else if (isa<scf::WhileOp>(parent)) {
    leaveWhile(terminator);
  } else if (isa<ForVisitsOp>(parent)) {
    leaveVisits(terminator);
  } else if (isa<ForProgramsOp>(parent)) {
    leavePrograms(terminator);
  } else {
    world.findings.report(FindingKind::Unsupported, terminator->getLoc(),
                          "expected a region that the interpreter knows, got one of " +
                              parent->getName().getStringRef().str());
  }
}

void Machine::leaveFor(Operation *terminator) {
  auto loop = cast<scf::ForOp>(terminator->getParentOp());
  Frame &frame = frames.back();
  frame.position += frame.step;
  if (frame.position >= frame.end)
    return finish(loop, terminator->getOperands());
  set(loop.getInductionVar(), frame.position);
  bind(loop.getRegionIterArgs(), terminator->getOperands());
  restart(frame);
}

void Machine::leaveWhile(Operation *terminator) {
  auto loop = cast<scf::WhileOp>(terminator->getParentOp());
  Frame &frame = frames.back();
  if (auto condition = dyn_cast<scf::ConditionOp>(terminator)) {
    if (!integer(condition.getCondition()))
      return finish(loop, condition.getArgs());
    bind(loop.getAfterArguments(), condition.getArgs());
    frame.block = loop.getAfterBody();
  } else {
    bind(loop.getBeforeArguments(), terminator->getOperands());
    frame.block = loop.getBeforeBody();
  }
  restart(frame);
}

void Machine::leaveVisits(Operation *terminator) {
  auto loop = cast<ForVisitsOp>(terminator->getParentOp());
  Frame &frame = frames.back();
  ++frame.position;
  bind(loop.getCarried(), terminator->getOperands());
  if (!startVisit(loop, frame))
    finish(loop, loop.getCarried());
}

void Machine::leavePrograms(Operation *terminator) {
  auto loop = cast<ForProgramsOp>(terminator->getParentOp());
  Frame &frame = frames.back();
  frame.position += frame.step;
  bind(loop.getCarried(), terminator->getOperands());
  if (!startProgram(loop, frame))
    finish(loop, loop.getCarried());
}
