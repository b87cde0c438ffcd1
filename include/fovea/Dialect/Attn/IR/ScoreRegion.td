//===- ScoreRegion.td - what a spec makes of a score -------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_SCORE_REGION_TD
#define FOVEA_ATTN_SCORE_REGION_TD

include "fovea/Dialect/Attn/IR/AttnDialect.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// One number per query head, such as a bias or a sink.
def Attn_PerHead : RankedTensorOf<[F32], [HasAnyRankOfPred<[1]>, HasStaticShapePred],
    "one number per head [heads]">;

/// Operations with a score region name its arguments.
def Attn_NamesScoreArguments : DeclareOpInterfaceMethods<
    OpAsmOpInterface, ["getAsmBlockArgumentNames"]>;

def Attn_ScoreOp : Attn_Op<"score", [
    Pure, Terminator, ParentOneOf<["AttendOp", "AttendGradQOp", "AttendGradKVOp",
                                   "ScoreBlocksOp", "BranchOp"]>]> {
  let summary = "ends a score region, and says the score";
  let description = [{
    A region `scores(%s, %query, %key, %head, ...)` says what the score of a query and a
    key is, in place of `%s = scale * q . k`; softmax comes after it. It is scalar code:
    it is run for each pair of a query and a key that it sees.

    | argument  | type | meaning |
    | --------- | ---- | --- |
    | `%s`      | f32  | `scale * q . k` |
    | `%query`  | i32  | the query's position in its sequence |
    | `%key`    | i32  | the key's: of a key set of stride d, key number u is at `u * d`, the first token of its window |
    | `%head`   | i32  | the query head |
    | others    | f32  | of the query head, from a learned array `[Hq]` each |

    A key that the key set hides stays hidden, whatever the region says of it. A score of
    -inf hides a key, too; NaN and +inf make the row NaN.

    The list of operations is closed, so that the reference and every target mean the same
    by a region: of `arith` constant, addf, subf, mulf, divf, negf, maxnumf, minnumf,
    cmpf, select, andi, ori and xori, and of i32 addi, subi, muli, divsi, remsi, minsi,
    maxsi, cmpi and sitofp; of `math` absf, exp, exp2, log, log2, sqrt and tanh. Of fast-math flags only
    `afn` says anything: `math.tanh %x fastmath<afn>` may be off by 2^-10.5 of its value,
    which is the machine's own tanh on a GPU (docs/numerics.md). A division by a
    constant may be a multiplication by its reciprocal, and factors may be multiplied
    before they meet the score.

    Example:
    ```mlir
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu
        scores(%s, %query, %key, %head, %bias = %biases : tensor<64xf32>) {
      %capped = math.tanh %s : f32
      %score = arith.addf %capped, %bias : f32
      attn.score %score
    } : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>,
        tensor<?xi32> -> tensor<?x64x128xbf16>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins F32:$score);
  let assemblyFormat = "$score attr-dict";
}

#endif // FOVEA_ATTN_SCORE_REGION_TD
