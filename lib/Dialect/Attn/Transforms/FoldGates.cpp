//===- FoldGates.cpp - gates as a part of lse -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The gradient of a gated sum scales dout by the gate of each branch, for attentions
// that multiply it with probabilities. Here these are what is scaled, through lse: no
// branch has a dout of its own, and what is computed of its rows is so once.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

#include <optional>

namespace fovea::attn {
#define GEN_PASS_DEF_FOLDGATESPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

namespace {
/// What the gradients of one attention, a branch of a gated sum, are made of.
struct GatedAttention {
  CombineOp dout; ///< the sum's, times the gate
  AttendDeltaOp delta;
  Value lse;
};
} // namespace

/// The lse that a gradient takes which reads `delta`; null for other operations.
static Value getLse(Operation *op, Value delta) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<AttendGradQOp, AttendGradKVOp, AttendGradSinksOp>([&](auto gradient) {
        return gradient.getDelta() == delta ? gradient.getLse() : Value();
      })
      .Default(Value());
}

/// Whether `scaled` is dout times the gate of branch `i` of `sum`, and nothing else.
static bool isBranchDout(CombineOp scaled, CombineGradGatesOp sum, size_t i) {
  return scaled && scaled.getBranches().size() == 1 && !scaled.getBase() &&
         scaled.getBranches()[0] == sum.getDout() &&
         scaled.getGates() == sum.getGates() && scaled.getMode() == sum.getMode() &&
         scaled.getGateColumn(0) == sum.getGateColumn(i);
}

/// Settles `attention`'s lse; false where what reads its dout or its delta is no
/// gradient of an attention, or of several.
static bool findLse(GatedAttention &attention) {
  Value delta = attention.delta.getDelta(), dout = attention.dout.getOut();
  for (Operation *user : delta.getUsers()) {
    Value lse = getLse(user, delta);
    if (!lse || (attention.lse && attention.lse != lse))
      return false;
    attention.lse = lse;
  }
  auto readsDelta = [&](Operation *user) {
    return user == attention.delta || getLse(user, delta);
  };
  return attention.lse && llvm::all_of(dout.getUsers(), readsDelta);
}

/// The attention whose out is branch `i` of `sum`, by its gradients.
static std::optional<GatedAttention> findAttention(CombineGradGatesOp sum, size_t i) {
  for (Operation *user : sum.getBranches()[i].getUsers()) {
    auto delta = dyn_cast<AttendDeltaOp>(user);
    if (!delta || delta.getDlse() || delta.getOut() != sum.getBranches()[i] ||
        delta->getBlock() != sum->getBlock())
      continue;
    GatedAttention attention{delta.getDout().getDefiningOp<CombineOp>(), delta, {}};
    if (isBranchDout(attention.dout, sum, i) && findLse(attention))
      return attention;
  }
  return std::nullopt;
}

/// The first of what reads `attentions`' rows, where all that `sum` reads is there;
/// null where it is not.
static Operation *findPlace(CombineGradGatesOp sum,
                            ArrayRef<GatedAttention> attentions) {
  Operation *place = sum;
  for (const GatedAttention &attention : attentions)
    if (attention.delta->isBeforeInBlock(place))
      place = attention.delta;
  SmallVector<Value> read(sum->getOperands());
  for (const GatedAttention &attention : attentions)
    read.push_back(attention.lse);
  bool isThere = llvm::all_of(read, [&](Value value) {
    Operation *op = value.getDefiningOp();
    return !op || op->isBeforeInBlock(place);
  });
  return isThere ? place : nullptr;
}

/// Has the gradients of `attention` take `dout`, `lse` and `delta`.
static void replace(GatedAttention &attention, Value dout, Value lse, Value delta) {
  for (Operation *user :
       llvm::make_early_inc_range(attention.delta.getDelta().getUsers())) {
    user->replaceUsesOfWith(attention.lse, lse);
    user->replaceUsesOfWith(attention.delta.getDelta(), delta);
    user->replaceUsesOfWith(attention.dout.getOut(), dout);
  }
  attention.delta.erase();
  attention.dout.erase();
}

namespace {
struct FoldGates final : fovea::attn::impl::FoldGatesPassBase<FoldGates> {
  using FoldGatesPassBase::FoldGatesPassBase;

  void runOnOperation() override {
    SmallVector<CombineGradGatesOp> sums;
    getOperation().walk([&](CombineGradGatesOp sum) { sums.push_back(sum); });
    for (CombineGradGatesOp sum : sums)
      fold(sum);
  }

  void fold(CombineGradGatesOp sum) {
    if (sum.getMode() != GateMode::Logits || !sum.getLses().empty())
      return;
    SmallVector<GatedAttention> attentions;
    SmallVector<Value> lses;
    for (size_t i = 0; i < sum.getBranches().size(); ++i) {
      std::optional<GatedAttention> attention = findAttention(sum, i);
      if (!attention)
        return;
      attentions.push_back(*attention);
      lses.push_back(attention->lse);
    }
    Operation *place = findPlace(sum, attentions);
    if (!place)
      return;
    OpBuilder builder(place);
    SmallVector<Type> types = llvm::to_vector_of<Type>(ValueRange(lses).getTypes());
    auto folded = CombineGradGatesOp::create(
        builder, sum.getLoc(), sum.getDgates().getType(), types, types, sum.getDout(),
        sum.getGates(), sum.getBranches(), lses, sum.getCuSeqlens(),
        sum.getColumnsAttr(), sum.getMode());
    for (auto [i, attention] : llvm::enumerate(attentions))
      replace(attention, sum.getDout(), folded.getGated()[i], folded.getDeltas()[i]);
    sum.getDgates().replaceAllUsesWith(folded.getDgates());
    sum.erase();
    numAttentions += attentions.size();
  }
};
} // namespace
