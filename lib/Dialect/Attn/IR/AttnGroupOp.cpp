//===- AttnGroupOp.cpp - the fusion region and its canonical form ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KernelSharing.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace fovea::attn;

LogicalResult GroupOp::verifyRegions() {
  Block &body = getBody().front();
  for (Operation &op : body) // group_c1
    if (!isa<KernelOpInterface, YieldOp>(op))
      return emitOpError() << "expected attn operations on tensors only, got "
                           << op.getName();
  SmallVector<Operation *> ops(llvm::make_pointer_range(body.without_terminator()));
  if (std::optional<KernelConflict> conflict = findKernelConflict(ops)) // group_c3
    return conflict->op->emitOpError() << conflict->reason;
  TypeRange yielded = body.getTerminator()->getOperandTypes();
  if (!llvm::equal(yielded, getResultTypes())) // group_c2
    return emitOpError() << "expected yielded types to be the result types, got ("
                         << yielded << ") and (" << getResultTypes() << ")";
  return success();
}

GroupOp GroupOp::form(ArrayRef<Operation *> ops) {
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
  return group;
}

void GroupOp::inlineBody(RewriterBase &rewriter) {
  Block &body = getBody().front();
  Operation *yield = body.getTerminator();
  SmallVector<Value> outputs(yield->getOperands());
  rewriter.eraseOp(yield);
  rewriter.inlineBlockBefore(&body, getOperation());
  rewriter.replaceOp(getOperation(), outputs);
}

FailureOr<GroupOp> GroupOp::dropOutputs(RewriterBase &rewriter) {
  Operation *yield = getBody().front().getTerminator();
  llvm::SmallDenseMap<Value, Value> firstOutputs; // by what is yielded
  SmallVector<Value> kept, yielded;
  for (auto [result, value] : llvm::zip_equal(getOutputs(), yield->getOperands())) {
    Value same = !getBody().isAncestor(value.getParentRegion())
                     ? value
                     : firstOutputs.lookup(value);
    if (same) {
      rewriter.replaceAllUsesWith(result, same);
    } else if (!result.use_empty()) {
      firstOutputs[value] = result;
      kept.push_back(result);
      yielded.push_back(value);
    }
  }
  if (kept.size() == getNumResults())
    return failure();
  rewriter.setInsertionPoint(getOperation());
  auto smaller = GroupOp::create(rewriter, getLoc(), ValueRange(kept).getTypes());
  smaller->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  rewriter.inlineRegionBefore(getBody(), smaller.getBody(), smaller.getBody().end());
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(yielded); });
  for (auto [result, output] : llvm::zip_equal(kept, smaller.getOutputs()))
    rewriter.replaceAllUsesWith(result, output);
  rewriter.eraseOp(getOperation());
  return smaller;
}

namespace {

/// A group of at most one operation says nothing that its body does not: an operation
/// alone becomes one kernel anyway. Attributes (a schedule) keep a group of one alive.
struct InlineSmallGroup final : OpRewritePattern<GroupOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupOp group,
                                PatternRewriter &rewriter) const override {
    size_t operations = llvm::range_size(group.getBody().front().without_terminator());
    if (operations > 1)
      return rewriter.notifyMatchFailure(group, "the body has several operations");
    if (operations == 1 && !group->getDiscardableAttrs().empty())
      return rewriter.notifyMatchFailure(group, "attributes would be lost");
    group.inlineBody(rewriter);
    return success();
  }
};

struct DropOutputs final : OpRewritePattern<GroupOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupOp group,
                                PatternRewriter &rewriter) const override {
    if (failed(group.dropOutputs(rewriter)))
      return rewriter.notifyMatchFailure(group, "every output is computed and read");
    return success();
  }
};

} // namespace

void GroupOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<InlineSmallGroup, DropOutputs>(context);
}
