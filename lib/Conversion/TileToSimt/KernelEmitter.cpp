//===- KernelEmitter.cpp - dispatch and control flow ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "InvertedLists.h"
#include "fovea/Support/ControlFlow.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static SmallVector<Type> convertTypes(TypeRange types) {
  return llvm::map_to_vector(types, convertType);
}

LogicalResult KernelEmitter::emitBlock(Block &block) {
  for (Operation &op : block)
    if (!op.hasTrait<OpTrait::IsTerminator>() && failed(emitOp(&op)))
      return failure();
  return success();
}

/// Whether some operand or result is a tile.
static bool touchesTiles(Operation *op) {
  auto isTile = llvm::IsaPred<RankedTensorType, PendingType>;
  return llvm::any_of(op->getOperandTypes(), isTile) ||
         llvm::any_of(op->getResultTypes(), isTile);
}

LogicalResult KernelEmitter::emitOp(Operation *op) {
  b.setLoc(op->getLoc());
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](scf::ForOp op) { return emitFor(op); })
      .Case([&](scf::IfOp op) { return emitIf(op); })
      .Case([&](scf::WhileOp op) { return emitWhile(op); })
      .Case([&](ForProgramsOp op) { return emitPrograms(op); })
      .Case([&](ForVisitsOp op) { return emitVisits(op); })
      .Case([&](LoadOp op) { return emitLoad(op); })
      .Case([&](StoreOp op) { return emitStore(op); })
      .Case([&](ReduceOp op) { return emitReduce(op); })
      .Case([&](BlockMaxOp op) { return emitBlockMax(op); })
      .Case([&](IssueDotOp op) { return products->emitIssue(op); })
      .Case([&](TopkUpdateOp op) { return emitTopkUpdate(op); })
      .Case([&](PutOp op) { return protocol.emitPut(op); })
      .Case([&](GetOp op) { return protocol.emitGet(op), success(); })
      .Case([&](ReadOp op) { return emitRead(op), success(); })
      .Case([&](ReleaseOp op) { return protocol.emitRelease(op), success(); })
      .Case([&](ClearRowsOp op) { return emitClearRows(op), success(); })
      .Case([&](PostOp op) { return protocol.emitPost(op), success(); })
      .Case([&](TakeOp op) { return protocol.emitTake(op), success(); })
      .Case([&](AnyTokenOp op) { return emitAnyToken(op), success(); })
      .Case([&](WaitOp op) {
        map.map(op.getResults(), products->emitWait(op, lookup(op.getOperands())));
        return success();
      })
      .Case([&](AwaitTurnOp) { return emitAwaitTurn(), success(); })
      .Case([&](PassTurnOp) { return emitPassTurn(), success(); })
      .Case([&](BandSumOp op) { return emitBandSum(op), success(); })
      .Case([&](TopkIndicesOp op) { return emitTopkIndices(op); })
      .Case([&](InvertListsOp op) {
        return emitInvertLists(*this, op, shared(scratch.lookup(op)));
      })
      .Case([&](LocateOp op) { return emitLocate(op), success(); })
      .Case([&](SequenceOp op) { return emitSequence(op), success(); })
      .Case([&](BroadcastOp op) { return emitBroadcast(op), success(); })
      .Case([&](PositionsOp op) { return emitPositions(op), success(); })
      .Case([&](RepeatOp op) { return emitRepeat(op), success(); })
      .Case([&](memref::LoadOp op) { return emitViewLoad(op), success(); })
      .Case([&](memref::DimOp op) { return emitDim(op), success(); })
      .Case([&](VisitsOpInterface) { return success(); }) // by its loop
      .Default([&](Operation *op) -> LogicalResult {
        if (touchesTiles(op))
          return emitElementwise(op);
        if (op->getNumRegions() || isa<TileDialect>(op->getDialect()))
          return op->emitOpError() << "expected an operation of a placed kernel";
        b.clone(*op, map);
        return success();
      });
}

//===----------------------------------------------------------------------===//
// Control flow: the same, over what a thread holds
//===----------------------------------------------------------------------===//

/// The operations of a loop's body or of a branch; gives what they yield.
FailureOr<SmallVector<Value>> KernelEmitter::emitBody(Block &block) {
  if (failed(emitBlock(block)))
    return failure();
  return lookup(block.getTerminator()->getOperands());
}

LogicalResult KernelEmitter::emitFor(scf::ForOp op) {
  auto copy =
      scf::ForOp::create(b, lookup(op.getLowerBound()), lookup(op.getUpperBound()),
                         lookup(op.getStep()), lookup(op.getInits()));
  bind(op.getInductionVar(), copy.getInductionVar());
  map.map(op.getRegionIterArgs(), copy.getRegionIterArgs());
  if (failed(fillBody(b, *copy.getBody(), [&] { return emitBody(*op.getBody()); })))
    return failure();
  map.map(op.getResults(), copy.getResults());
  return success();
}

LogicalResult KernelEmitter::emitIf(scf::IfOp op) {
  bool hasElse = !op.getElseRegion().empty();
  auto copy = scf::IfOp::create(b, convertTypes(op.getResultTypes()),
                                lookup(op.getCondition()), hasElse);
  for (auto [source, region] : llvm::zip_equal(op->getRegions(), copy->getRegions()))
    if (!source.empty() && failed(fillBody(b, region.front(), [&, &from = source] {
          return emitBody(from.front());
        })))
      return failure();
  map.map(op.getResults(), copy.getResults());
  return success();
}

LogicalResult KernelEmitter::emitWhile(scf::WhileOp op) {
  auto copy =
      scf::WhileOp::create(b, convertTypes(op.getResultTypes()), lookup(op.getInits()));
  auto createBlock = [&](Region &to, Block &from) {
    SmallVector<Type> types = convertTypes(from.getArgumentTypes());
    Block *block =
        b.createBlock(&to, {}, types, SmallVector<Location>(types.size(), op.getLoc()));
    map.map(from.getArguments(), block->getArguments());
  };
  OpBuilder::InsertionGuard guard(b);
  createBlock(copy.getBefore(), op.getBefore().front());
  if (failed(emitBlock(op.getBefore().front())))
    return failure();
  scf::ConditionOp condition = op.getConditionOp();
  scf::ConditionOp::create(b, lookup(condition.getCondition()),
                           lookup(condition.getArgs()));
  createBlock(copy.getAfter(), op.getAfter().front());
  if (failed(emitBlock(op.getAfter().front())))
    return failure();
  scf::YieldOp::create(b, lookup(op.getYieldOp().getOperands()));
  map.map(op.getResults(), copy.getResults());
  return success();
}

/// Round k of the blocks takes programs k * blocks and on, one each: from the first
/// block in even rounds, from the last one in odd rounds, so that a block which got a
/// longer one of a round gets a shorter one of the next. A team is a block here, the
/// first ones of all blocks before the second ones, so that a launch of few programs
/// takes all multiprocessors. 32 bits do: a launch has fewer than 2^31.
LogicalResult KernelEmitter::emitPrograms(ForProgramsOp op) {
  Value block = simt::SpecialOp::create(b, b.getI32Type(), simt::Special::Block);
  Value blocks = simt::SpecialOp::create(b, b.getI32Type(), simt::Special::Blocks);
  if (team) {
    block = b.add(b.mul(team, blocks), block);
    blocks = b.mul(blocks, teams());
  }
  Value backwards = b.sub(b.add(blocks, -1), block);
  auto placeIn = [&](Value round) {
    return b.select(b.notEqual(b.land(round, 1), 0), backwards, block);
  };
  Value total = programs[0];
  for (Value size : llvm::drop_begin(programs))
    total = b.mul(total, size);
  Value whole = arith::DivUIOp::create(b, total, blocks);
  Value rest = arith::RemUIOp::create(b, total, blocks);
  Value none = b.i32(0), one = b.i32(1);
  Value inLast = b.select(b.less(placeIn(whole), rest), one, none);
  scf::ForOp loop = b.createLoop(b.add(whole, inLast), 1, lookup(op.getInits()));
  map.map(op.getCarried(), loop.getRegionIterArgs());
  auto emitProgram = [&] {
    Value round = loop.getInductionVar();
    Value inRound = placeIn(round);
    bindPlaces(op, b.add(b.mul(round, blocks), inRound));
    return emitBody(op.getBody().front());
  };
  if (failed(fillBody(b, *loop.getBody(), emitProgram)))
    return failure();
  map.map(op.getResults(), loop.getResults());
  return success();
}

/// Where the program of that number is along each axis.
void KernelEmitter::bindPlaces(ForProgramsOp op, Value number) {
  SmallVector<unsigned> axes = op.getAxes();
  // What is left of the number for an axis and those slower than it.
  SmallVector<Value> numbers{number};
  for (unsigned axis : ArrayRef(axes).drop_back())
    numbers.push_back(arith::DivUIOp::create(b, numbers.back(), programs[axis]));
  for (auto [axis, number] : llvm::reverse(llvm::zip_equal(axes, numbers)))
    bind(
        op.getPlace(axis),
        b.toIndex(axis == axes.back()
                      ? number
                      : arith::RemUIOp::create(b, number, programs[axis]).getResult()));
  for (unsigned axis : axes)
    if (op.runsBackwards(axis)) {
      Value last = b.add(b.toIndex(programs[axis]), -1);
      bind(op.getPlace(axis), b.sub(last, lookup(op.getPlace(axis))));
    }
}

} // namespace fovea::tile_to_simt
