//===- EvaluateOpInterface.td - the reference of operations -*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_EVALUATE_OP_INTERFACE_TD
#define FOVEA_REFERENCE_EVALUATE_OP_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Reference_EvaluateOpInterface : OpInterface<"EvaluateOpInterface"> {
  let cppNamespace = "::fovea::reference";
  let description = [{
    The definition of an attn operation, as loops on doubles.
  }];
  let methods = [
    InterfaceMethod<[{
        Computes the operation's results from the operands that `evaluator` has, and
        defines them. An error says which operand does not fit.
      }], "::llvm::Error", "evaluate",
      (ins "::fovea::reference::Evaluator &":$evaluator)>
  ];
}

#endif // FOVEA_REFERENCE_EVALUATE_OP_INTERFACE_TD
