//===- Broken.td - a key set that is wrong in one way ------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TEST_BROKEN_TD
#define FOVEA_TEST_BROKEN_TD

include "fovea/Dialect/Attn/IR/KeySetInterface.td"
include "fovea/Dialect/Attn/IR/RankerInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def TestBroken_Dialect : Dialect {
  let name = "test_broken";
  let cppNamespace = "::fovea::test";
  let summary = "Key sets and rankers that break their contract";
  let useDefaultAttributePrinterParser = 1;
}

def TestBroken_CausalAttr : AttrDef<TestBroken_Dialect, "BrokenCausal", [
    DeclareAttrInterfaceMethods<Attn_KeySetInterface, [
        "getNumKeys", "getKeyStride", "needsIndices", "getIndexBlock", "emitNumKeys"]>]> {
  let mnemonic = "causal";
  let summary = "every key up to the query, but for one method that is wrong";
  let description = [{
    `fault` says what is wrong, as Broken.cpp reads it; anything else is wrong nowhere.
  }];
  let parameters = (ins StringRefParameter<"what is wrong">:$fault);
  let assemblyFormat = "`<` $fault `>`";
}

def TestBroken_IndexAttr : AttrDef<TestBroken_Dialect, "BrokenIndex", [
    DeclareAttrInterfaceMethods<Attn_RankerInterface, ["verifyBlocks"]>]> {
  let mnemonic = "index";
  let summary = "ranks as #attn.max_index, but for one method that is wrong";
  let description = [{
    `fault` says what is wrong, as BrokenIndex.cpp reads it; anything else is wrong
    nowhere.
  }];
  let parameters = (ins StringRefParameter<"what is wrong">:$fault);
  let assemblyFormat = "`<` $fault `>`";
}

def TestBroken_SilentAttr : AttrDef<TestBroken_Dialect, "BrokenSilent"> {
  let mnemonic = "silent";
  let summary = "is no attribute, and does not say why";
  let parameters = (ins "int64_t":$number);
  let assemblyFormat = "`<` $number `>`";
  let genVerifyDecl = 1;
}

#endif // FOVEA_TEST_BROKEN_TD
