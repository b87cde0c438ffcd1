//===- SplitCombine.cpp - a gated sum as a chain of partial sums ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Where a kernel has room for one accumulator only, the other attentions' outputs go
// through memory to the kernel of the gates. Here each attention gets a combine of its
// own behind it, which adds to the sum of those before: attn-fuse makes it that
// attention's epilogue, and one buffer holds what is a sum so far.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::attn {
#define GEN_PASS_DEF_SPLITCOMBINEPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

/// Whether `value` is there where `op` stands, so that `op`'s kernel may read it too.
static bool isBefore(Value value, Operation *op) {
  Operation *producer = value.getDefiningOp();
  return !producer || producer->getBlock() != op->getBlock() ||
         producer->isBeforeInBlock(op);
}

/// Who computes a branch that nothing but `combine` reads, where it is an attention
/// that the gates, and what `combine` adds to, need not be waited for; else null.
static Operation *findAttention(OpOperand &branch, CombineOp combine) {
  auto attention = branch.get().getDefiningOp<KernelOpInterface>();
  if (!attention || attention->getBlock() != combine->getBlock() ||
      !attention.getTiling().readsKeys || !branch.get().hasOneUse() ||
      !isBefore(combine.getGates(), attention) ||
      (combine.getBase() && !isBefore(combine.getBase(), attention)))
    return nullptr;
  return attention;
}

namespace {
/// One of the combines that an operation becomes.
struct Link {
  Operation *attention;
  SmallVector<size_t> branches; ///< by their number in the operation
};
} // namespace

static bool takesLists(const Link &link) {
  return cast<KernelOpInterface>(link.attention).getTiling().takesLists;
}

/// The links of `combine` in the order of their attentions, but those whose keys lists
/// choose behind all others, which are there earlier. The last one takes the branches
/// that are loaded wherever they are added.
static SmallVector<Link> findLinks(CombineOp combine) {
  SmallVector<Link> links;
  SmallVector<size_t> others;
  for (size_t c = 0; c < combine.getBranches().size(); ++c)
    if (Operation *attention = findAttention(combine->getOpOperand(c), combine))
      links.push_back({attention, {c}});
    else
      others.push_back(c);
  llvm::sort(links, [](const Link &a, const Link &b) {
    if (takesLists(a) != takesLists(b))
      return takesLists(b);
    return a.attention->isBeforeInBlock(b.attention);
  });
  if (!links.empty()) {
    others.append(links.back().branches);
    links.back().branches = others;
    llvm::sort(links.back().branches);
  }
  return links;
}

/// Moves `attention` up, directly behind the sum that it is added to, where all that it
/// takes is there: both then are one kernel's (attn-fuse), or neighbours in time.
static void moveBehind(Operation *attention, Operation *sum) {
  if (sum->isBeforeInBlock(attention) &&
      llvm::all_of(attention->getOperands(),
                   [&](Value operand) { return isBefore(operand, sum); }))
    attention->moveAfter(sum);
}

/// Writes the chain of `links`, the last of which takes `combine`'s place.
static void split(CombineOp combine, ArrayRef<Link> links) {
  OpBuilder builder(combine);
  Value sum = combine.getBase();
  for (const Link &link : links) {
    bool isFirst = &link == &links.front(), isLast = &link == &links.back();
    if (!isFirst)
      moveBehind(link.attention, sum.getDefiningOp());
    // A list's attention may stand before a sum that it is added to.
    bool isBehind = isFirst || sum.getDefiningOp()->isBeforeInBlock(link.attention);
    if (isLast)
      builder.setInsertionPoint(combine);
    else
      builder.setInsertionPointAfter(isBehind ? link.attention : sum.getDefiningOp());
    SmallVector<Value> branches;
    SmallVector<int64_t> columns;
    for (size_t c : link.branches) {
      branches.push_back(combine.getBranches()[c]);
      columns.push_back(combine.getGateColumn(c));
    }
    sum = CombineOp::create(builder, combine.getLoc(), combine.getOut().getType(),
                            branches, combine.getGates(), sum,
                            builder.getDenseI64ArrayAttr(columns), combine.getMode());
  }
  combine.getOut().replaceAllUsesWith(sum);
  combine.erase();
}

namespace {
struct SplitCombine final : fovea::attn::impl::SplitCombinePassBase<SplitCombine> {
  void runOnOperation() override {
    SmallVector<CombineOp> combines;
    getOperation().walk([&](CombineOp combine) {
      bool isOwnKernel = isa<GroupOp>(combine->getParentOp()) ||
                         !combine->getDiscardableAttrs().empty();
      if (!isOwnKernel)
        combines.push_back(combine);
    });
    for (CombineOp combine : combines) {
      SmallVector<Link> links = findLinks(combine);
      if (links.size() < 2)
        continue;
      numLinks += links.size();
      split(combine, links);
    }
  }
};
} // namespace
