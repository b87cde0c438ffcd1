//===- KeyMean.td - an operation from outside --------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TEST_KEY_MEAN_TD
#define FOVEA_TEST_KEY_MEAN_TD

include "fovea/Dialect/Attn/IR/AttnTypes.td"
include "fovea/Dialect/Attn/IR/KernelOpInterface.td"
include "fovea/Dialect/Attn/IR/KeySetInterface.td"
include "mlir/IR/DialectBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def TestOps_Dialect : Dialect {
  let name = "test_ops";
  let cppNamespace = "::fovea::test";
  let summary = "Operations that only tests know";
}

/// A mean over keys. The operation is `key_mean`; the others of this class lack what one
/// stage asks for.
class TestOps_MeanOp<string mnemonic> : Op<TestOps_Dialect, mnemonic, [
    Pure, DeclareOpInterfaceMethods<Attn_KernelOpInterface, ["getResultForm"]>]> {
  let arguments = (ins Attn_Packed:$v, Attn_CuSeqlens:$cuSeqlens,
                       Attn_KeySetInterface:$keys);
  let results = (outs Attn_Packed:$out);
  let assemblyFormat = [{
    $v `sees` qualified($keys) `over` $cuSeqlens attr-dict `:` type($v) `,`
    type($cuSeqlens) `->` type($out)
  }];
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::fovea::attn::RowFacts $cppClass::getOperandRows(unsigned operand) {
      return getMeanOperandRows(operand);
    }
    ::fovea::attn::RowFacts $cppClass::getResultRows(unsigned) {
      return {"out", ::fovea::RowCount::ofTokens()};
    }
    ::fovea::attn::KernelTiling $cppClass::getTiling() {
      return getMeanTiling(getV(), getCuSeqlens());
    }
    ::fovea::attn::TileForm $cppClass::getResultForm(unsigned) {
      return ::fovea::attn::TileForm::Rows;
    }
    ::llvm::LogicalResult $cppClass::verify() { return verifyMean(*this, getKeys()); }
  }];
}

def TestOps_KeyMeanOp : TestOps_MeanOp<"key_mean"> {
  let summary = "the mean of the values that a query may see";
  let description = [{
    `out[t,g] = sum_u v[u,g] / n` over the n keys u that `keys` contains for query t; 0
    where there are none.

    | value      | shape         |
    | ---------- | ------------- |
    | v          | `[T, H, D]`   |
    | cu_seqlens | `[B + 1]` i32 |
    | out        | `[T, H, D]`   |

    Constraints: `key_mean_c1` a key is a token, and the key set needs no indices;
    `key_mean_c2` v and out have one type.
  }];
}

def TestOps_NoLoweringOp : TestOps_MeanOp<"no_lowering">;
def TestOps_NoScheduleOp : TestOps_MeanOp<"no_schedule">;
def TestOps_NoWorkOp : TestOps_MeanOp<"no_work">;
def TestOps_NoReferenceOp : TestOps_MeanOp<"no_reference">;
def TestOps_NoNumericsOp : TestOps_MeanOp<"no_numerics">;
def TestOps_NoGradientOp : TestOps_MeanOp<"no_gradient">;

#endif // FOVEA_TEST_KEY_MEAN_TD
