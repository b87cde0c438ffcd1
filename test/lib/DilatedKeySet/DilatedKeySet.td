//===- DilatedKeySet.td - a key set from outside -----------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TEST_DILATED_KEY_SET_TD
#define FOVEA_TEST_DILATED_KEY_SET_TD

include "fovea/Dialect/Attn/IR/KeySetInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def TestAttn_Dialect : Dialect {
  let name = "test_attn";
  let cppNamespace = "::fovea::test";
  let summary = "Key sets that only tests know";
  let useDefaultAttributePrinterParser = 1;
}

def TestAttn_DilatedAttr : AttrDef<TestAttn_Dialect, "Dilated", [
    DeclareAttrInterfaceMethods<Attn_KeySetInterface>]> {
  let mnemonic = "dilated";
  let summary = "every `step`-th key of a window, counted back from the query";
  let description = [{
    `contains(L, t, u) = t - window < u <= t and (t - u) mod step = 0`.
    Example: `#test_attn.dilated<window = 64, step = 4>`.
  }];
  let parameters = (ins "int64_t":$window, "int64_t":$step);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // FOVEA_TEST_DILATED_KEY_SET_TD
