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
        called `<ranker>_<name>`; a type's first size is dynamic where its rows are
        tokens.
      }], "::llvm::SmallVector<::fovea::attn::RankerArgument>", "getArguments",
      (ins "const ::fovea::attn::RankerShape &":$shape)>,
    InterfaceMethod<[{
        Says by `emitError` what the ranker cannot do, and fails: rank blocks of
        `block` tokens, or be of that shape.
      }], "::llvm::LogicalResult", "verifyBlocks",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "const ::fovea::attn::RankerShape &":$shape, "int64_t":$block),
      [{}], [{ return ::mlir::success(); }]>,
    InterfaceMethod<[{
        Operations that compute the scores of blocks, a tensor [T, Hkv, ?] of f32 for
        `attn.select_topk`.
      }], "::mlir::Value", "emitScores",
      (ins "::mlir::ImplicitLocOpBuilder &":$builder,
           "const ::fovea::attn::RankerRequest &":$request)>,
  ];
}

#endif // FOVEA_ATTN_RANKER_INTERFACE_TD
