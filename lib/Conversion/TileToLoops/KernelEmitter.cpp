//===- KernelEmitter.cpp - a tile kernel as loops -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The function around the loops, and which emitter writes those of an operation.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "Emitters.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

namespace {
/// Writes the operations of one kernel in program order.
class KernelEmitter : Emission {
public:
  KernelEmitter(const Emission &emission, ValueRange programIds)
      : Emission(emission), programIds(programIds) {}

  LogicalResult emitBlock(Block &block);

private:
  LogicalResult emitOp(Operation *op);
  LogicalResult emitKept(Operation *op);

  SmallVector<Value> programIds;
};
} // namespace

LogicalResult KernelEmitter::emitBlock(Block &block) {
  for (Operation &op : block) {
    Scratch::Scope scope(scratch);
    b.setLoc(op.getLoc());
    if (failed(emitOp(&op)))
      return failure();
  }
  return success();
}

LogicalResult KernelEmitter::emitOp(Operation *op) {
  if (const Fusion::Run *run = frame.fusion.runOf(op)) {
    if (run->front() == op)
      emitRun(*this, *run);
    return success();
  }
  auto emitNested = [&](Block &block) { return emitBlock(block); };
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](ForVisitsOp op) { return emitForVisits(*this, op, emitNested); })
      .Case([&](scf::ForOp op) { return emitFor(*this, op, emitNested); })
      .Case([&](scf::IfOp op) { return emitIf(*this, op, emitNested); })
      .Case([&](LocateOp op) { return emitLocate(*this, op), success(); })
      .Case([&](SequenceOp op) { return emitSequence(*this, op), success(); })
      .Case([&](LoadOp op) { return emitLoad(*this, op), success(); })
      .Case([&](StoreOp op) { return emitStore(*this, op), success(); })
      .Case([&](DotOp op) { return emitDot(*this, op), success(); })
      .Case([&](ReduceOp op) { return emitReduce(*this, op), success(); })
      .Case([&](BlockMaxOp op) { return emitBlockMax(*this, op), success(); })
      .Case([&](RepeatOp op) { return emitRepeat(*this, op), success(); })
      .Case([&](BandSumOp op) { return emitBandSum(*this, op), success(); })
      .Case([&](TopkUpdateOp op) { return emitTopkUpdate(*this, op), success(); })
      .Case([&](TopkIndicesOp op) { return emitTopkIndices(*this, op), success(); })
      .Case([&](InvertListsOp op) { return emitInvertLists(*this, op), success(); })
      .Case([&](ProgramIdOp op) {
        scalars.map(op.getResult(), programIds[op.getAxis()]);
        return success();
      })
      // Read by the loops over them; terminators by what they end.
      .Case<VisitsOpInterface, ReturnOp, YieldOp, scf::YieldOp>(
          [](auto) { return success(); })
      .Default([&](Operation *op) { return emitKept(op); });
}

/// Operations that touch no tile are kept. Tiles that nothing reads are dropped, and
/// generators are made where they are used.
LogicalResult KernelEmitter::emitKept(Operation *op) {
  if (op->getNumResults() == 1 && isTile(op->getResult(0)) &&
      (isElementwise(op) || isGenerator(op->getResult(0)) || isTable(op->getResult(0))))
    return success();
  auto touchesTile = [](Value value) { return isTile(value); };
  if (llvm::any_of(op->getOperands(), touchesTile) ||
      llvm::any_of(op->getResults(), touchesTile))
    return op->emitError()
           << "expected an operation on tiles that loops can be made of, got '"
           << op->getName() << "'";
  if (op->getNumRegions() || isa<TileDialect>(op->getDialect()))
    return op->emitError() << "expected an operation of a logical kernel, got '"
                           << op->getName() << "'";
  b.clone(*op, scalars);
  return success();
}

/// A private function of the kernel's name that does nothing yet.
static func::FuncOp createFunction(KernelOp kernel, LoopBuilder &b) {
  SmallVector<Type> inputs(kernel.getArgumentTypes());
  inputs.append(kGridRank, b.getIndexType()); // the program ids
  auto function =
      func::FuncOp::create(b, kernel.getSymName(), b.getFunctionType(inputs, {}));
  function.setPrivate();
  // Objects of several specs link into one program. Kernels stay functions: they are
  // found by name in profiles, and inlining them costs compile time and gains nothing.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  function->setAttr("llvm.linkage",
                    LLVM::LinkageAttr::get(b.getContext(), LLVM::Linkage::Internal));
  b.setInsertionPointToStart(function.addEntryBlock());
  func::ReturnOp::create(b);
  return function;
}

/// Scratch is the thread's stack, or, where that may be too small, memory that the
/// launch passes.
static LogicalResult placeScratch(KernelOp kernel, const LoopTarget &target,
                                  Scratch &scratch) {
  if (scratch.bytes() <= target.maxStackBytes)
    return success();
  if (scratch.bytes() > target.maxScratchBytes)
    return kernel.emitError() << "expected at most " << target.maxScratchBytes
                              << " bytes of scratch, got " << scratch.bytes()
                              << "; choose a schedule with fewer tokens or keys, or "
                                 "fewer heads per KV head or smaller head dims";
  return scratch.makeArgument();
}

LogicalResult emitKernel(KernelOp kernel, const LoopTarget &target) {
  KernelFrame frame(kernel, target);
  LoopBuilder b(kernel.getLoc(), kernel);
  func::FuncOp function = createFunction(kernel, b);
  Scratch scratch(frame, function, b);
  Block &body = kernel.getBody().front();
  ValueRange arguments = function.getArguments();
  IRMapping scalars;
  scalars.map(body.getArguments(), arguments.drop_back(kGridRank));
  TileAccess tiles(frame, scalars, scratch, b);
  KernelEmitter emitter({frame, scalars, scratch, tiles, b},
                        arguments.take_back(kGridRank));
  b.setInsertionPoint(function.front().getTerminator());
  if (failed(emitter.emitBlock(body)))
    return failure();
  return placeScratch(kernel, target, scratch);
}

} // namespace fovea::tile_to_loops
