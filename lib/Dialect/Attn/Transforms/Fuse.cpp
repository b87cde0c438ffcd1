//===- Fuse.cpp - groups of attn operations that become one kernel --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Fusion only draws borders: operations move into an attn.group, and the generator
// makes one kernel of each group. See the pass description for the three rules.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KernelSharing.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace fovea::attn {
#define GEN_PASS_DEF_FUSEPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

/// Who computes what `operand` takes in the form `form`, in the same block; null where
/// nobody does who could hand it over so.
static KernelOpInterface getProducer(OpOperand &operand, TileForm form) {
  auto producer = operand.get().getDefiningOp<KernelOpInterface>();
  if (!producer || producer->getBlock() != operand.getOwner()->getBlock() ||
      cast<KernelOpInterface>(operand.getOwner())
              .getOperandForm(operand.getOperandNumber()) != form ||
      producer.getResultForm(cast<OpResult>(operand.get()).getResultNumber()) != form)
    return {};
  return producer;
}

/// Rule 1: the score matrix has one reader.
static bool fuseScores(KernelOpInterface reader) {
  for (OpOperand &operand : reader->getOpOperands()) {
    KernelOpInterface scores = getProducer(operand, TileForm::Scores);
    if (!scores || !operand.get().hasOneUse() || findKernelConflict({scores, reader}))
      continue;
    GroupOp::form({scores, reader});
    return true;
  }
  return false;
}

/// Whether `op` and `others` and then `last` can be one kernel.
static bool fits(Operation *op, ArrayRef<Operation *> others, Operation *last) {
  SmallVector<Operation *> ops(others);
  ops.push_back(op);
  ops.push_back(last);
  return !findKernelConflict(ops);
}

/// Whether `op` can be computed as late as `last`, beside `ops`: nothing else before
/// that waits for it.
static bool canWaitFor(Operation *op, ArrayRef<Operation *> ops, Operation *last) {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    Operation *root = last->getBlock()->findAncestorOpInBlock(*user);
    return llvm::is_contained(ops, root) || (root && last->isBeforeInBlock(root));
  });
}

static void sortByPlace(SmallVectorImpl<Operation *> &ops) {
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
}

/// Rule 2: the attentions that share their queries and give `epilogue` rows, in order;
/// the last ones of those that may be too many.
static SmallVector<Operation *> findAttentions(KernelOpInterface epilogue,
                                               size_t maxAttends) {
  SmallVector<Operation *> ops;
  Value queries;
  for (OpOperand &operand : epilogue->getOpOperands()) {
    KernelOpInterface attention = getProducer(operand, TileForm::Rows);
    if (!attention || !attention.getTiling().readsKeys ||
        !canWaitFor(attention, epilogue.getOperation(), epilogue) ||
        llvm::is_contained(ops, attention) || !fits(attention, ops, epilogue))
      continue;
    Value own = attention.getQueries();
    if (queries && own && own != queries)
      continue;
    if (own)
      queries = own;
    ops.push_back(attention);
  }
  sortByPlace(ops);
  if (maxAttends && ops.size() > maxAttends)
    ops.erase(ops.begin(), ops.end() - maxAttends);
  return ops;
}

/// Who computes the sum that `epilogue` adds to, and that nobody else reads; null where
/// nobody does in its block.
static KernelOpInterface findSum(KernelOpInterface epilogue) {
  OpOperand *sum = epilogue.getUpdatedOperand(0);
  KernelOpInterface earlier =
      sum ? getProducer(*sum, TileForm::Rows) : KernelOpInterface();
  bool isSum = earlier && earlier.getTiling().kind == TilingKind::AnyRows &&
               sum->get().hasOneUse();
  return isSum ? earlier : KernelOpInterface();
}

/// Rule 3: whether one kernel may compute `earlier`, the attentions of a sum and it,
/// and then `ops`, which add to it.
static bool canGoOn(ArrayRef<Operation *> earlier, ArrayRef<Operation *> ops) {
  SmallVector<Operation *> all(earlier);
  llvm::append_range(all, ops);
  Operation *last = ops.back();
  llvm::SmallPtrSet<Value, 2> queries;
  for (Operation *op : all) {
    auto kernelOp = cast<KernelOpInterface>(op);
    if (kernelOp.getTiling().takesLists)
      return false;
    if (kernelOp.getTiling().readsKeys)
      queries.insert(kernelOp.getQueries());
  }
  sortByPlace(all);
  return queries.size() == 1 && !findKernelConflict(all) &&
         llvm::all_of(earlier,
                      [&](Operation *op) { return canWaitFor(op, all, last); });
}

/// What takes any rows, such as gates, becomes the epilogue of attentions, by rule 2;
/// the sum that it adds to, and its attentions, come before them, by rule 3.
static bool fuseEpilogue(KernelOpInterface epilogue, size_t maxAttends) {
  SmallVector<Operation *> ops = findAttentions(epilogue, maxAttends);
  if (ops.empty())
    return false;
  ops.push_back(epilogue);
  for (KernelOpInterface sum = findSum(epilogue); sum; sum = findSum(sum)) {
    SmallVector<Operation *> earlier = findAttentions(sum, maxAttends);
    if (earlier.empty())
      break;
    earlier.push_back(sum);
    if (!canGoOn(earlier, ops))
      break;
    ops.insert(ops.begin(), earlier.begin(), earlier.end());
  }
  Operation *last = ops.back();
  sortByPlace(ops);
  assert(ops.back() == last && "nothing that is added up comes behind its sum");
  (void)last;
  GroupOp::form(ops);
  return true;
}

namespace {
struct Fuse final : fovea::attn::impl::FusePassBase<Fuse> {
  using FusePassBase::FusePassBase;

  void runOnOperation() override {
    SmallVector<KernelOpInterface> candidates;
    getOperation().walk([&](KernelOpInterface op) {
      if (!isa<GroupOp>(op->getParentOp()) && !isOfFewQueries(op))
        candidates.push_back(op);
    });
    // The last sum first: it takes in those before it.
    for (KernelOpInterface op : llvm::reverse(candidates)) {
      if (isa<GroupOp>(op->getParentOp()))
        continue;
      bool isEpilogue = op.getTiling().kind == TilingKind::AnyRows;
      if (isEpilogue ? fuseEpilogue(op, maxAttends) : fuseScores(op))
        ++numGroups;
    }
  }
};
} // namespace
