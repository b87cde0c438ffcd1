//===- PooledRanker.td - a ranker from outside -------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TEST_POOLED_RANKER_TD
#define FOVEA_TEST_POOLED_RANKER_TD

include "fovea/Dialect/Attn/IR/RankerInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def TestRank_Dialect : Dialect {
  let name = "test_rank";
  let cppNamespace = "::fovea::test";
  let summary = "Rankers that only tests know";
  let useDefaultAttributePrinterParser = 1;
}

def TestRank_PooledMaxAttr : AttrDef<TestRank_Dialect, "PooledMax", [
    DeclareAttrInterfaceMethods<Attn_RankerInterface, ["verifyBlocks"]>]> {
  let mnemonic = "pooled_max";
  let summary = "ranks a block by its best key, keys being means of `pool` tokens";
  let description = [{
    `s[t,g,j] = max over visible means i of block j of sum_{h of g} q[t,h] . pk[i]`.
    Example: `#test_rank.pooled_max<pool = 8>`.
  }];
  let parameters = (ins "int64_t":$pool);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // FOVEA_TEST_POOLED_RANKER_TD
