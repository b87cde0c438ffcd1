//===- RankerInterface.td - what ranks selection blocks ----*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_RANKER_INTERFACE_TD
#define FOVEA_ATTN_RANKER_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Attn_RankerInterface : AttrInterface<"RankerInterface"> {
  let cppNamespace = "::fovea::attn";
  let description = [{
    How an `attn.ranker` scores the blocks of a selected branch. A ranker is written as
    operations: which arguments it takes, and what computes a score per (query, KV head,
    block) from them. Whatever has those operations has the ranker: the reference, the
    cost model and every target know the operations alone. See Ranker.h.
  }];
  let methods = [
    InterfaceMethod<[{
        The arguments that the ranker adds to a spec's function, in order. Each is
        called `<ranker>_<name>`, of distinct names of letters, digits and `_`. Types are
        of f32, f16, bf16 or i32; a type's first size is dynamic where its rows are
        tokens, the others are not.
      }], "::llvm::SmallVector<::fovea::attn::RankerArgument>", "getArguments",
      (ins "const ::fovea::attn::RankerShape &":$shape)>,
    InterfaceMethod<[{
        Says by `emitError` what the ranker cannot do, and fails: rank blocks of
        `block` tokens, or be of that shape. What it says is an error, and a failure
        is said.
      }], "::llvm::LogicalResult", "verifyBlocks",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "const ::fovea::attn::RankerShape &":$shape, "int64_t":$block),
      [{}], [{ return ::mlir::success(); }]>,
    InterfaceMethod<[{
        Attn operations, or those of an extension that are as they are, that compute
        the scores of blocks, a tensor [T, Hkv, ?] of f32 for `attn.select_topk`. No
        others: there is no lowering for them beside these.
      }], "::mlir::Value", "emitScores",
      (ins "::mlir::ImplicitLocOpBuilder &":$builder,
           "const ::fovea::attn::RankerRequest &":$request)>,
  ];
}

#endif // FOVEA_ATTN_RANKER_INTERFACE_TD
