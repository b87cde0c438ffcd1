//===- ControlFlow.cpp - bodies of loops and branches ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/ControlFlow.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

LogicalResult fovea::fillBody(ImplicitLocOpBuilder &b, Block &block, BodyWriter write) {
  OpBuilder::InsertionGuard guard(b);
  if (!block.empty())
    block.back().erase();
  b.setInsertionPointToEnd(&block);
  FailureOr<SmallVector<Value>> yielded = write();
  if (failed(yielded))
    return failure();
  scf::YieldOp::create(b, *yielded);
  return success();
}
