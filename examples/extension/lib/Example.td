//===- Example.td - a dialect of sparse patterns -----------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EXAMPLE_EXAMPLE_TD
#define EXAMPLE_EXAMPLE_TD

include "fovea/Dialect/Attn/IR/KeySetInterface.td"
include "fovea/Dialect/Attn/IR/RankerInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def Example_Dialect : Dialect {
  let name = "example";
  let cppNamespace = "::example";
  let summary = "Sparse patterns that Fovea does not know";
  let useDefaultAttributePrinterParser = 1;
}

def Example_DilatedAttr : AttrDef<Example_Dialect, "Dilated", [
    DeclareAttrInterfaceMethods<Attn_KeySetInterface>]> {
  let mnemonic = "dilated";
  let summary = "every `step`-th key of a window, counted back from the query";
  let description = [{
    `contains(L, t, u) = t - window < u <= t and (t - u) mod step = 0`.
    Example: `#example.dilated<window = 64, step = 4>`.
  }];
  let parameters = (ins "int64_t":$window, "int64_t":$step);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Example_SinksAttr : AttrDef<Example_Dialect, "Sinks", [
    DeclareAttrInterfaceMethods<Attn_KeySetInterface>]> {
  let mnemonic = "sinks";
  let summary = "the first `sinks` keys of a sequence, and the last `window`";
  let description = [{
    `contains(L, t, u) = u <= t and (u < sinks or t - window < u)`.
    Example: `#example.sinks<sinks = 4, window = 64>`.
  }];
  let parameters = (ins "int64_t":$sinks, "int64_t":$window);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Example_PooledMaxAttr : AttrDef<Example_Dialect, "PooledMax", [
    DeclareAttrInterfaceMethods<Attn_RankerInterface, ["verifyBlocks"]>]> {
  let mnemonic = "pooled_max";
  let summary = "ranks a block by its best key, keys being learned sums of `pool` tokens";
  let description = [{
    `s[t,g,j] = max over visible i of block j of sum_{h of g} q[t,h] . pk[i]`, where
    `pk[i] = sum_r mix[r] k[i * pool + r]`. Example: `#example.pooled_max<pool = 8>`.
  }];
  let parameters = (ins "int64_t":$pool);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // EXAMPLE_EXAMPLE_TD
