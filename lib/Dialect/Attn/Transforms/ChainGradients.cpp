//===- ChainGradients.cpp - a sum of queries' gradients as a chain --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Attentions of the same queries give as many gradients of them, which attn.sum adds
// up: each is written and read in f32. Here each kernel adds to what those before it
// gave, in the result's place.
//
//===----------------------------------------------------------------------===//

#include "FirstReader.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::attn {
#define GEN_PASS_DEF_CHAINGRADIENTSPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

/// Who computes `part` as a gradient of queries that nothing else reads, and that adds
/// to nothing yet; else null.
static AttendGradQOp findGradient(Value part, SumOp sum) {
  auto gradient = part.getDefiningOp<AttendGradQOp>();
  bool isLink = gradient && part == gradient.getDq() && part.hasOneUse() &&
                !gradient.getBase() && gradient->getBlock() == sum->getBlock();
  return isLink ? gradient : AttendGradQOp();
}

/// Makes a chain of `gradients`, whose sums are of `type`; gives the last one's.
static Value chain(ArrayRef<AttendGradQOp> gradients, Type type) {
  Value sum;
  for (AttendGradQOp gradient : gradients) {
    if (sum)
      gradient.getBaseMutable().assign(sum);
    sum = gradient.getDq();
    sum.setType(type);
  }
  return sum;
}

/// Places a chain behind what does not wait for it, which may run beside: each link
/// right before its first reader. An operand that is computed would live as long.
static void placeLate(ArrayRef<AttendGradQOp> gradients) {
  auto isComputed = [](AttendGradQOp gradient) {
    return !isa<BlockArgument>(gradient.getDout());
  };
  if (llvm::any_of(gradients, isComputed))
    return;
  for (AttendGradQOp gradient : llvm::reverse(gradients))
    moveToFirstReader(gradient);
}

namespace {
struct ChainGradients final
    : fovea::attn::impl::ChainGradientsPassBase<ChainGradients> {
  void runOnOperation() override {
    SmallVector<SumOp> sums;
    getOperation().walk([&](SumOp sum) { sums.push_back(sum); });
    for (SumOp sum : sums) {
      SmallVector<AttendGradQOp> gradients;
      SmallVector<Value> others;
      for (Value part : sum.getParts())
        if (AttendGradQOp gradient = findGradient(part, sum))
          gradients.push_back(gradient);
        else
          others.push_back(part);
      if (gradients.size() < 2)
        continue;
      llvm::sort(gradients, [](AttendGradQOp a, AttendGradQOp b) {
        return a->isBeforeInBlock(b);
      });
      numLinks += gradients.size();
      if (others.empty()) {
        sum.getOut().replaceAllUsesWith(chain(gradients, sum.getOut().getType()));
        sum.erase();
      } else {
        others.push_back(chain(gradients, gradients.front().getDq().getType()));
        sum.getPartsMutable().assign(others);
      }
      placeLate(gradients);
    }
  }
};
} // namespace
