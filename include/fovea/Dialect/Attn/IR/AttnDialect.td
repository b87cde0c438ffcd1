//===- AttnDialect.td - the attn dialect -------------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_DIALECT_TD
#define FOVEA_ATTN_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/DialectBase.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::fovea::attn";
  let summary = "What a sparse attention computes: key sets, branches, selection";
  let description = [{
    Ranked tensors with value semantics. No tile size, thread, address space or
    target appears here; every op has a reference in `lib/Reference`.

    Shared shapes. Tokens of all sequences are packed: `q [T, Hq, Dk]`,
    `k [Tk, Hkv, Dk]`, `v [Tk, Hkv, Dv]`, `cu_seqlens [B + 1]` i32 with
    `cu_seqlens[0] = 0`, not decreasing, `cu_seqlens[B] = T`. `G = Hq / Hkv`
    query heads share one KV head. Key rows of sequence b start at
    `cu_seqlens[b] / d`, where `d` is 1 for tokens and the stride for compressed
    keys. T, Tk and B are dynamic; all else is static. An operation that takes a batch
    may take `!attn.batch` in place of cu_seqlens: then T counts queries, and key rows
    are of tokens that `attn.batch` says.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

/// Attributes appear in assembly by their full name, `qualified(...)`, for it reads
/// better than the short form. MLIR takes a `:` behind such a name for the attribute's
/// type, so no assembly format puts one there.
class Attn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits>;

#endif // FOVEA_ATTN_DIALECT_TD
