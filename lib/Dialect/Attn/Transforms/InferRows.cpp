//===- InferRows.cpp - attn-infer-rows ------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Writes on a function what FunctionRows derives from it.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::attn {
#define GEN_PASS_DEF_INFERROWSPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

namespace {
struct InferRows final : fovea::attn::impl::InferRowsPassBase<InferRows> {
  using InferRowsPassBase::InferRowsPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!isAttnFunction(function))
      return;
    FailureOr<FunctionRows> rows = FunctionRows::infer(function);
    if (failed(rows))
      return signalPassFailure();
    auto text = [&](fovea::RowCount count) {
      return StringAttr::get(&getContext(), toString(count));
    };
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.setArgAttr(i, kRowsAttrName, text(rows->getArgumentRows(i)));
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      function.setResultAttr(i, kRowsAttrName, text(rows->getResultRows(i)));
  }
};
} // namespace
