//===- KernelOpInterface.td - what every stage asks --------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_KERNEL_OP_INTERFACE_TD
#define FOVEA_ATTN_KERNEL_OP_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Attn_KernelOpInterface : OpInterface<"KernelOpInterface"> {
  let cppNamespace = "::fovea::attn";
  let description = [{
    An operation that computes, of this dialect or of another: what its rows count, over
    which rows its kernel is tiled, and what it shares a kernel with. `FunctionRows`
    follows arguments to their uses by it, `attn-fuse` and `attn.group` decide by it what
    one kernel computes, and no stage knows an operation by name: how a stage treats one
    is that stage's own interface, and its model in the stage's library.
    docs/adding-an-operation.md lists them.
  }];
  let methods = [
    InterfaceMethod<"What the operation takes operand number `operand` for.",
      "::fovea::attn::RowFacts", "getOperandRows", (ins "unsigned":$operand)>,
    InterfaceMethod<"What the rows of result number `result` are.",
      "::fovea::attn::RowFacts", "getResultRows", (ins "unsigned":$result)>,
    InterfaceMethod<"What the rows of a tile of the operation's kernel are.",
      "::fovea::attn::KernelTiling", "getTiling">,
    InterfaceMethod<[{
        In which form an operation of the same kernel may hand operand number `operand`
        over: where its result has that form too.
      }], "::fovea::attn::TileForm", "getOperandForm", (ins "unsigned":$operand),
      [{}], [{ return ::fovea::attn::TileForm::None; }]>,
    InterfaceMethod<[{
        In which form result number `result` can be handed to an operation of the same
        kernel.
      }], "::fovea::attn::TileForm", "getResultForm", (ins "unsigned":$result),
      [{}], [{ return ::fovea::attn::TileForm::None; }]>,
    InterfaceMethod<[{
        The operand whose rows a kernel loads once for all of its operations, which are
        fused where they have the same; null where there is none.
      }], "::mlir::Value", "getQueries", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<[{
        The operand over whose rows result number `result` may be stored where nothing
        else reads them: of it the operation reads, to compute an element of the result,
        the same element and no other. Null where there is none.
      }], "::mlir::OpOperand *", "getUpdatedOperand", (ins "unsigned":$result), [{}],
      [{ return nullptr; }]>,
    InterfaceMethod<"How many tokens the operation can take at most: 2^31 - 1, or fewer.",
      "int64_t", "getMostTokens", (ins), [{}], [{ return ::fovea::kMaxSize; }]>
  ];
}

#endif // FOVEA_ATTN_KERNEL_OP_INTERFACE_TD
