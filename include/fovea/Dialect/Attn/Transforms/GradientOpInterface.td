//===- GradientOpInterface.td - what operations differentiate to -*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_GRADIENT_OP_INTERFACE_TD
#define FOVEA_ATTN_GRADIENT_OP_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Attn_GradientOpInterface : OpInterface<"GradientOpInterface"> {
  let cppNamespace = "::fovea::attn";
  let description = [{
    What `attn-differentiate` makes of an operation: the operations that compute the
    gradients of its operands from those of its results. One that chooses, as
    `attn.select_topk` does, says that it has no gradient by any operand.
  }];
  let methods = [
    InterfaceMethod<[{
        Whether the results have a gradient by operand number `operand`. A result of an
        operation without such an operand is a constant to those that read it.
      }], "bool", "hasGradient", (ins "unsigned":$operand)>,
    InterfaceMethod<[{
        Adds to the gradients of the operands that `gradients` wants; at least one result
        has a gradient. A failure has said why.
      }], "::llvm::LogicalResult", "buildGradients",
      (ins "::fovea::attn::GradientBuilder &":$gradients)>
  ];
}

#endif // FOVEA_ATTN_GRADIENT_OP_INTERFACE_TD
