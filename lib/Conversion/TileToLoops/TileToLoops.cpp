//===- TileToLoops.cpp - tile kernels to loops over vectors ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A kernel is written anew as a function. First, in one step (KernelFrame.h), every
// tile gets a layout (Layouts.h), elementwise operations are cut into runs (Fusion.h),
// and tiles get slots of scratch (Liveness.h, BufferPlan.h). Then operations are
// emitted in program order (KernelEmitter.h), each by its own emitter (Emitters.h), on
// what all of them need:
//
//   LoopBuilder.h   loops                    Scratch.h   where a tile lies
//   TileAccess.h    a tile's elements, loaded or made where they are read
//
//===----------------------------------------------------------------------===//

#include "HostLowering.h"
#include "KernelEmitter.h"
#include "KernelFrame.h"
#include "fovea/Conversion/Passes.h"
#include "fovea/Dialect/Tile/IR/Phase.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"

namespace fovea {
#define GEN_PASS_DEF_CONVERTTILETOLOOPSPASS
#include "fovea/Conversion/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;

/// Products take f32 here, so that what is said to be as an operand is itself, and what
/// is computed from both is computed once.
static void dropOperandRounding(tile::KernelOp kernel) {
  SmallVector<tile::AsOperandOp> found;
  kernel.walk([&](tile::AsOperandOp op) { found.push_back(op); });
  if (found.empty())
    return;
  for (tile::AsOperandOp op : found) {
    op.replaceAllUsesWith(op.getInput());
    op.erase();
  }
  IRRewriter rewriter(kernel.getContext());
  DominanceInfo dominance(kernel);
  eliminateCommonSubExpressions(rewriter, dominance, kernel);
}

/// All rows are computed at once, with those of tokens that did not list a block, for
/// which both sides of a branch on that are the same.
static void takeEveryToken(tile::KernelOp kernel) {
  IRRewriter rewriter(kernel.getContext());
  SmallVector<tile::AnyTokenOp> found;
  kernel.walk([&](tile::AnyTokenOp op) { found.push_back(op); });
  for (tile::AnyTokenOp op : found) {
    for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
      if (auto branch = dyn_cast<scf::IfOp>(user)) {
        Operation *yield = branch.thenYield();
        rewriter.inlineBlockBefore(branch.thenBlock(), branch);
        rewriter.replaceOp(branch, yield->getOperands());
        rewriter.eraseOp(yield);
      }
    rewriter.setInsertionPoint(op);
    rewriter.replaceOpWithNewOp<arith::ConstantIntOp>(op, /*value=*/1, /*width=*/1);
  }
}

namespace {
class ConvertTileToLoopsPass final
    : public fovea::impl::ConvertTileToLoopsPassBase<ConvertTileToLoopsPass> {
public:
  using ConvertTileToLoopsPassBase::ConvertTileToLoopsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    tile_to_loops::LoopTarget target{vectorBits, vectorRegisters, maxStackBytes,
                                     maxScratchBytes};
    if (vectorBits < 32 || vectorBits > 65536 || !llvm::isPowerOf2_64(vectorBits)) {
      module.emitError()
          << "expected vector-bits to be a power of two, 32 to 65536, got "
          << int64_t(vectorBits);
      return signalPassFailure();
    }
    if (vectorRegisters < 4 || vectorRegisters > 1024 || maxStackBytes < 0 ||
        maxScratchBytes < 0) {
      module.emitError() << "expected 4 to 1024 vector-registers and no negative "
                            "max-stack-bytes or max-scratch-bytes, got "
                         << int64_t(vectorRegisters) << ", " << int64_t(maxStackBytes)
                         << " and " << int64_t(maxScratchBytes);
      return signalPassFailure();
    }
    for (auto kernel : module.getOps<tile::KernelOp>())
      if (failed(verifyPhase(kernel, tile::Phase::Logical)))
        return signalPassFailure();
    if (failed(tile_to_loops::verifyHost(module)))
      return signalPassFailure();
    for (auto kernel : llvm::make_early_inc_range(module.getOps<tile::KernelOp>())) {
      dropOperandRounding(kernel);
      takeEveryToken(kernel);
      if (failed(tile_to_loops::emitKernel(kernel, target)))
        return signalPassFailure();
      kernel.erase();
    }
    // A launch passes what its kernel's function takes.
    if (failed(tile_to_loops::lowerHost(module)))
      signalPassFailure();
  }
};
} // namespace
