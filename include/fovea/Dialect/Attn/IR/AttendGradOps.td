//===- AttendGradOps.td - gradients of attention -----------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gradient of attn.attend is cut by who owns an element of it: queries (attend_grad_q),
// keys (attend_grad_kv), heads (attend_grad_sinks). What all of them need of a row, the
// mean of dP under P, is a value of its own (attend_delta).
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_ATTN_ATTEND_GRAD_OPS_TD
#define FOVEA_ATTN_ATTEND_GRAD_OPS_TD

include "fovea/Dialect/Attn/IR/AttnOps.td"

def Attn_AttendDeltaOp : Attn_KernelOp<"attend_delta"> {
  let summary = "what the rows of an attention's gradient have in common";
  let description = [{
    `delta[t,h] = dout[t,h] . out[t,h] - dlse[t,h]`, the last term where lse has a
    gradient. It is the mean of `dP[u] = dout . v[u]` under the probabilities of the row,
    less what reaches every score through lse: `dS[u] = P[u] * (dP[u] - delta)`.
    An empty row, whose out is 0, has `delta = -dlse`; nothing reads it.

    | value | shape          | meaning |
    | ----- | -------------- | --- |
    | dout  | `[T, Hq, Dv]`  | gradient of out |
    | out   | `[T, Hq, Dv]`  | of `attn.attend` |
    | dlse  | `[T, Hq]` f32  | gradient of lse, where it has one |
    | delta | `[T, Hq]` f32  | |

    Constraints: `attend_delta_c1` dout and out agree in heads, dim and element type;
    `attend_delta_c2` dlse and delta are `[T, Hq]`; `attend_delta_c3` heads and dim are
    static and 1 to 4096; `attend_delta_c4` static row counts agree.

    Example:
    ```mlir
    %delta = attn.attend_delta %do, %o minus %dlse : tensor<?x64x128xbf16>,
        tensor<?x64x128xbf16>, tensor<?x64xf32> -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Attn_Packed:$dout, Attn_Packed:$out, Optional<Attn_RowStat>:$dlse);
  let results = (outs Attn_RowStat:$delta);
  let assemblyFormat = [{
    $dout `,` $out (`minus` $dlse^)? attr-dict `:` type($dout) `,` type($out)
    (`,` type($dlse)^)? `->` type($delta)
  }];
  let hasVerifier = 1;
}

/// Operands and attributes are those of the attention, and of its gradient so far;
/// `resultTypes` is the end of the assembly format.
class Attn_AttendGradOp<string mnemonic, string resultTypes, list<string> overridden = []>
    : Attn_KernelOp<mnemonic, [
        AttrSizedOperandSegments, IsolatedFromAbove, Attn_NamesScoreArguments], overridden> {
  let arguments = (ins Attn_Packed:$q, Attn_Packed:$k, Attn_Packed:$v,
                       Attn_CuSeqlens:$cuSeqlens, Attn_Packed:$dout, Attn_RowStat:$lse,
                       Attn_RowStat:$delta, Optional<Attn_Indices>:$indices,
                       Variadic<Attn_PerHead>:$learned, Attn_KeySetInterface:$keys,
                       OptionalAttr<F64Attr>:$scale);
  let regions = (region AnyRegion:$scoreRegion);
  let assemblyFormat = [{
    $q `sees` qualified($keys) `in` $k `,` $v `,` $cuSeqlens `of` $dout `,` $lse `,` $delta
    (`indices` `(` $indices^ `:` type($indices) `)`)? (`scale` $scale^)? ``
    custom<ScoreRegion>($learned, type($learned), $scoreRegion)
    attr-dict `:` type($q) `,` type($k) `,` type($v) `,` type($cuSeqlens) `,` type($dout) `,`
    type($lse) `,` type($delta) `->` }] # resultTypes;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The given scale, or Dk^-1/2.
    double getScaleOrDefault();
  }];
}

def Attn_AttendGradQOp : Attn_AttendGradOp<
    "attend_grad_q", "type($dq) (`,` type($dlearned)^)?", ["getQueries"]> {
  let summary = "gradient of an attention's queries";
  let description = [{
    With `s[u] = scale * q[t,h] . k[row(u),g]`, `s'[u]` what the region `scores` makes of
    it (s itself without one), `P[u] = exp(s'[u] - lse[t,h])`, `dP[u] = dout[t,h] .
    v[row(u),g]` and `dS[u] = P[u] * (dP[u] - delta[t,h])` over the keys u that `keys`
    contains:

    `dq[t,h] = scale * sum_u dS[u] * (ds'/ds)[u] * k[row(u),g]`, and for each learned
    value x of the region `dlearned[t,h] = sum_u dS[u] * (ds'/dx)[u]`, of which
    `attn.sum_tokens` makes the gradient of x. Everything but the gradients is what
    `attn.attend` was given; sinks are in lse.

    Keys outside of the set, keys whose score is -inf, and all keys of a row whose lse is
    -inf add exactly nothing, NaN or not. ds'/ds is that of the code, operation by operation:
    of `math.absf` at 0 it is 0, of two equal operands `arith.maxnumf` and `arith.minnumf`
    take the first one's, comparisons and integers have none.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | q, k, v    | see `attn.attend`  | |
    | cu_seqlens | `[B + 1]` i32      | see the dialect |
    | dout       | `[T, Hq, Dv]`      | gradient of the attention's out |
    | lse        | `[T, Hq]` f32      | of the attention |
    | delta      | `[T, Hq]` f32      | of `attn.attend_delta` |
    | indices    | `[T, Hkv, n]` i32  | block lists, where the key set needs them |
    | learned    | each `[Hq]` f32    | what the region takes of a head |
    | dq         | `[T, Hq, Dk]`      | |
    | dlearned   | each `[T, Hq]` f32 | one for each learned value |

    Constraints: what `attend_c1` to `attend_c14` and `attend_c16` say of q, k, v,
    indices, scale, learned values and region; `attend_grad_q_c1` dout is `[T, Hq, Dv]`
    of q's element type, and lse and delta are `[T, Hq]`; `attend_grad_q_c2` dq is
    `[T, Hq, Dk]` of q's element type or f32; `attend_grad_q_c3` there is one dlearned
    `[T, Hq]` for each learned value; `attend_grad_q_c4` static row counts agree.

    Tiled by queries, as `attn.attend` is: one owner per element.

    Example:
    ```mlir
    %dq = attn.attend_grad_q %q sees #attn.window<512> in %k, %v, %cu of %do, %lse, %delta
        : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>,
          tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64x128xbf16>
    ```
  }];
  let results = (outs Attn_Packed:$dq, Variadic<Attn_RowStat>:$dlearned);
}

def Attn_AttendGradKVOp : Attn_AttendGradOp<
    "attend_grad_kv", "type($dk) `,` type($dv)"> {
  let summary = "gradients of an attention's keys and values";
  let description = [{
    With s, s', P, dP and dS of `attn.attend_grad_q`, key row r of KV head g gets, summed
    over the queries t that see it and the heads h of g,
    `dk[r,g] = scale * sum dS * (ds'/ds) * q[t,h]` and `dv[r,g] = sum P * dout[t,h]`.
    Rows that are no sequence's key, and keys that no query sees, get 0.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | operands   | see `attn.attend_grad_q` | |
    | dk         | `[Tk, Hkv, Dk]`    | |
    | dv         | `[Tk, Hkv, Dv]`    | |

    Constraints: what `attend_c1` to `attend_c14` and `attend_c16` say of q, k, v,
    indices, scale, learned values and region; `attend_grad_kv_c1` dout is `[T, Hq, Dv]`
    of q's element type, and lse and delta are `[T, Hq]`; `attend_grad_kv_c2` dk is
    `[Tk, Hkv, Dk]` and dv `[Tk, Hkv, Dv]`, each its value's element type or f32;
    `attend_grad_kv_c3` static row counts agree.

    Tiled by keys, each of which visits the queries that see it: one owner per element,
    and sums in one order.

    Example:
    ```mlir
    %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu
        of %do, %lse, %delta indices(%i : tensor<?x4x16xi32>)
        : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>,
          tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<?x64xf32>
          -> tensor<?x4x128xf32>, tensor<?x4x128xf32>
    ```
  }];
  let results = (outs Attn_Packed:$dk, Attn_Packed:$dv);
}

def Attn_AttendGradSinksOp : Attn_KernelOp<"attend_grad_sinks"> {
  let summary = "gradient of an attention's sinks";
  let description = [{
    A sink is a score of no value, so that its dP is 0:
    `dsinks[h] = -sum_t exp(sinks[h] - lse[t,h]) * delta[t,h]` over the tokens t of all
    sequences. Rows of no sequence, and rows whose lse is -inf, add exactly nothing.

    | value      | shape         | meaning |
    | ---------- | ------------- | --- |
    | sinks      | `[Hq]` f32    | what the attention was given |
    | lse        | `[T, Hq]` f32 | of the attention |
    | delta      | `[T, Hq]` f32 | of `attn.attend_delta` |
    | cu_seqlens | `[B + 1]` i32 | see the dialect |
    | dsinks     | `[Hq]` f32    | |

    Constraints: `attend_grad_sinks_c1` sinks and dsinks are `[Hq]`, and lse and delta
    `[T, Hq]`, of one static Hq, 1 to 4096; `attend_grad_sinks_c2` static row counts of lse
    and delta agree.

    Example:
    ```mlir
    %dsinks = attn.attend_grad_sinks %sinks, %lse, %delta over %cu : tensor<64xf32>,
        tensor<?x64xf32>, tensor<?x64xf32>, tensor<?xi32> -> tensor<64xf32>
    ```
  }];
  let arguments = (ins Attn_PerHead:$sinks, Attn_RowStat:$lse, Attn_RowStat:$delta,
                       Attn_CuSeqlens:$cuSeqlens);
  let results = (outs Attn_PerHead:$dsinks);
  let assemblyFormat = [{
    $sinks `,` $lse `,` $delta `over` $cuSeqlens attr-dict `:` type($sinks) `,` type($lse)
    `,` type($delta) `,` type($cuSeqlens) `->` type($dsinks)
  }];
  let hasVerifier = 1;
}

def Attn_SumTokensOp : Attn_KernelOp<"sum_tokens"> {
  let summary = "sums a number of each token and head over the tokens";
  let description = [{
    `sums[h] = sum_t rows[t,h]` over the tokens t of all sequences; rows of no sequence
    add nothing. It makes the gradient of a learned value of the rows that
    `attn.attend_grad_q` gives for it.

    | value      | shape         |
    | ---------- | ------------- |
    | rows       | `[T, Hq]` f32 |
    | cu_seqlens | `[B + 1]` i32 |
    | sums       | `[Hq]` f32    |

    Constraints: `sum_tokens_c1` rows are `[T, Hq]` and sums `[Hq]`, of one static Hq, 1
    to 4096.

    Example:
    ```mlir
    %d = attn.sum_tokens %rows over %cu : tensor<?x64xf32>, tensor<?xi32> -> tensor<64xf32>
    ```
  }];
  let arguments = (ins Attn_RowStat:$rows, Attn_CuSeqlens:$cuSeqlens);
  let results = (outs Attn_PerHead:$sums);
  let assemblyFormat = [{
    $rows `over` $cuSeqlens attr-dict `:` type($rows) `,` type($cuSeqlens) `->` type($sums)
  }];
  let hasVerifier = 1;
}

#endif // FOVEA_ATTN_ATTEND_GRAD_OPS_TD
