//===- GradientFlow.cpp - where gradients go ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GradientFlow.h"

#include "fovea/Dialect/Attn/Transforms/Gradient.h"

using namespace mlir;
using namespace fovea::attn;

GradientFlow::GradientFlow(func::FuncOp function, ArrayRef<BlockArgument> arguments,
                           ArrayRef<unsigned> results) {
  Block &body = function.getBody().front();
  findVaried(body, arguments);
  findContributions(body, results);
}

bool GradientFlow::isWanted(OpOperand &operand) const {
  auto op = dyn_cast<GradientOpInterface>(operand.getOwner()); // of a batch: null
  return op && isVaried(operand.get()) && op.hasGradient(operand.getOperandNumber());
}

void GradientFlow::findVaried(Block &body, ArrayRef<BlockArgument> arguments) {
  varied.insert_range(arguments);
  for (Operation &op : body.without_terminator())
    if (llvm::any_of(op.getOpOperands(),
                     [&](OpOperand &operand) { return isWanted(operand); }))
      varied.insert_range(op.getResults());
}

void GradientFlow::findContributions(Block &body, ArrayRef<unsigned> results) {
  for (unsigned result : results)
    if (Value value = body.getTerminator()->getOperand(result); isVaried(value))
      ++contributions[value];
  for (Operation &op : llvm::reverse(body.without_terminator())) {
    if (llvm::none_of(op.getResults(),
                      [&](Value result) { return contributions.contains(result); }))
      continue;
    for (OpOperand &operand : op.getOpOperands())
      if (isWanted(operand))
        ++contributions[operand.get()];
  }
}
