//===- Fuse.cpp - groups of attn operations that become one kernel --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Fusion only draws borders: operations move into an attn.group, and the generator
// makes one kernel of each group. See the pass description for the two rules.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KernelSharing.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace fovea::attn {
#define GEN_PASS_DEF_FUSEPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

static bool isReturn(Operation *op) { return op->hasTrait<OpTrait::IsTerminator>(); }

/// Moves `ops` (in block order, the last one is where the group goes) into a new
/// group that yields what is read outside of it.
static void formGroup(ArrayRef<Operation *> ops) {
  Operation *last = ops.back();
  SmallVector<Value> outputs;
  for (Operation *op : ops)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(),
                       [&](Operation *user) { return !llvm::is_contained(ops, user); }))
        outputs.push_back(result);

  OpBuilder builder(last);
  auto group = GroupOp::create(builder, last->getLoc(), ValueRange(outputs).getTypes());
  Block *body = builder.createBlock(&group.getBody());
  for (Operation *op : ops)
    op->moveBefore(body, body->end());
  for (auto [output, result] : llvm::zip_equal(outputs, group.getOutputs()))
    output.replaceUsesWithIf(result, [&](OpOperand &use) {
      return !group->isProperAncestor(use.getOwner());
    });
  builder.setInsertionPointToEnd(body);
  YieldOp::create(builder, last->getLoc(), outputs);
}

/// Rule 1: the score matrix has one reader.
static bool fuseScores(SelectTopkOp topk) {
  Operation *scores = topk.getScores().getDefiningOp();
  if (!isa_and_nonnull<ScoreBlocksOp, IndexBlocksOp>(scores) ||
      !topk.getScores().hasOneUse() || scores->getBlock() != topk->getBlock() ||
      findKernelConflict({scores, topk}))
    return false;
  formGroup({scores, topk});
  return true;
}

/// Whether `op` and `others` and then the combine can be one kernel.
static bool fits(Operation *op, ArrayRef<Operation *> others, CombineOp combine) {
  SmallVector<Operation *> ops(others);
  ops.push_back(op);
  ops.push_back(combine);
  return !findKernelConflict(ops);
}

/// Whether the attend can be computed beside the combine: nothing else waits for it.
static bool feedsOnly(AttendOp attend, CombineOp combine) {
  return llvm::all_of(attend->getUsers(), [&](Operation *user) {
    return user == combine || isReturn(user);
  });
}

/// Rule 2: gates become the epilogue of the attends that share q.
static bool fuseCombine(CombineOp combine, size_t maxAttends) {
  SmallVector<Operation *> ops;
  Value q;
  for (Value branch : combine.getBranches()) {
    auto attend = branch.getDefiningOp<AttendOp>();
    if (!attend || attend->getBlock() != combine->getBlock() ||
        !feedsOnly(attend, combine) || (q && attend.getQ() != q) ||
        llvm::is_contained(ops, attend) || !fits(attend, ops, combine))
      continue;
    q = attend.getQ();
    ops.push_back(attend);
  }
  if (ops.empty())
    return false;
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  if (maxAttends && ops.size() > maxAttends)
    ops.erase(ops.begin(), ops.end() - maxAttends);
  ops.push_back(combine);
  formGroup(ops);
  return true;
}

namespace {
struct Fuse final : fovea::attn::impl::FusePassBase<Fuse> {
  using FusePassBase::FusePassBase;

  void runOnOperation() override {
    SmallVector<Operation *> candidates;
    getOperation().walk([&](Operation *op) {
      if (isa<SelectTopkOp, CombineOp>(op) && !isa<GroupOp>(op->getParentOp()))
        candidates.push_back(op);
    });
    for (Operation *op : candidates) {
      auto topk = dyn_cast<SelectTopkOp>(op);
      if (topk ? fuseScores(topk) : fuseCombine(cast<CombineOp>(op), maxAttends))
        ++numGroups;
    }
  }
};
} // namespace
