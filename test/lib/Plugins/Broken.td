//===- Broken.td - a key set that is wrong in one way ------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TEST_BROKEN_TD
#define FOVEA_TEST_BROKEN_TD

include "fovea/Dialect/Attn/IR/KeySetInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def TestBroken_Dialect : Dialect {
  let name = "test_broken";
  let cppNamespace = "::fovea::test";
  let summary = "Key sets that break their contract";
  let useDefaultAttributePrinterParser = 1;
}

def TestBroken_CausalAttr : AttrDef<TestBroken_Dialect, "BrokenCausal", [
    DeclareAttrInterfaceMethods<Attn_KeySetInterface, ["emitNumKeys"]>]> {
  let mnemonic = "causal";
  let summary = "every key up to the query, but for one method that is wrong";
  let description = [{
    `fault` names the method: `num_keys`, `visits`, `full`, `beyond`, `mask`, `scalar`,
    `far`, `transpose`, `cost` or `unfolded`; anything else is wrong nowhere.
  }];
  let parameters = (ins StringRefParameter<"what is wrong">:$fault);
  let assemblyFormat = "`<` $fault `>`";
}

#endif // FOVEA_TEST_BROKEN_TD
