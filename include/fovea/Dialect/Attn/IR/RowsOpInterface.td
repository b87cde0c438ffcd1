//===- RowsOpInterface.td - what rows count, by use --------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_ROWS_OP_INTERFACE_TD
#define FOVEA_ATTN_ROWS_OP_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Attn_RowsOpInterface : OpInterface<"RowsOpInterface"> {
  let cppNamespace = "::fovea::attn";
  let description = [{
    What the rows of an operation's operands and results count. Every operation that
    computes has it: `FunctionRows` follows arguments to their uses by it, and knows no
    operation by name.
  }];
  let methods = [
    InterfaceMethod<"What the operation takes operand number `operand` for.",
      "::fovea::attn::RowFacts", "getOperandRows", (ins "unsigned":$operand)>,
    InterfaceMethod<"What the rows of result number `result` are.",
      "::fovea::attn::RowFacts", "getResultRows", (ins "unsigned":$result)>
  ];
}

#endif // FOVEA_ATTN_ROWS_OP_INTERFACE_TD
