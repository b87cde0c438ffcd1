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
/// `lists` are the block lists as the operation takes them, `listsFormat` their assembly,
/// and `resultTypes` the end of the assembly format.
class Attn_AttendGradOp<string mnemonic, dag lists, string listsFormat, string resultTypes,
                        list<string> overridden = []>
    : Attn_KernelOp<mnemonic, [
        AttrSizedOperandSegments, IsolatedFromAbove, Attn_NamesScoreArguments], overridden> {
  let arguments = !con(
      (ins Attn_Packed:$q, Attn_Packed:$k, Attn_Packed:$v, Attn_Sequences:$cuSeqlens,
           Attn_Packed:$dout, Attn_RowStat:$lse, Attn_RowStat:$delta),
      lists,
      (ins Variadic<Attn_PerHead>:$learned, Attn_KeySetInterface:$keys,
           OptionalAttr<F64Attr>:$scale));
  let regions = (region AnyRegion:$scoreRegion);
  let assemblyFormat = [{
    $q `sees` qualified($keys) `in` $k `,` $v `,` $cuSeqlens `of` $dout `,` $lse `,` $delta
    }] # listsFormat # [{ (`scale` $scale^)? ``
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
    "attend_grad_q", (ins Optional<Attn_Indices>:$indices, Optional<Attn_Packed>:$base),
    "(`indices` `(` $indices^ `:` type($indices) `)`)? (`onto` $base^ `:` type($base))?",
    "type($dq) (`,` type($dlearned)^)?", ["getQueries", "getUpdatedOperand"]> {
  let summary = "gradient of an attention's queries";
  let description = [{
    With `s[u] = scale * q[t,h] . k[row(u),g]`, `s'[u]` what the region `scores` makes of
    it (s itself without one), `P[u] = exp(s'[u] - lse[t,h])`, `dP[u] = dout[t,h] .
    v[row(u),g]` and `dS[u] = P[u] * (dP[u] - delta[t,h])` over the keys u that `keys`
    contains:

    `dq[t,h] = base[t,h] + scale * sum_u dS[u] * (ds'/ds)[u] * k[row(u),g]`, base being 0
    without `onto`, and for each learned
    value x of the region `dlearned[t,h] = sum_u dS[u] * (ds'/dx)[u]`, of which
    `attn.sum_tokens` makes the gradient of x. Everything but the gradients is what
    `attn.attend` was given; sinks are in lse.

    Keys outside of the set add exactly nothing. Where a score is -inf, and where lse is, P
    is 0, and the pair adds 0 times what it has: nothing, but NaN where its row of k is not
    finite, or dP or delta is not. Where dS is 0, so is its product with a derivative, however
    steep the region is there. ds'/ds is that of the code, operation by operation:
    of `math.absf` at 0 it is 0, of two equal operands `arith.maxnumf` and `arith.minnumf`
    take the first one's, comparisons and integers have none.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | q, k, v    | see `attn.attend`  | |
    | cu_seqlens | `[B + 1]` i32, or a batch | see the dialect |
    | dout       | `[T, Hq, Dv]`      | gradient of the attention's out |
    | lse        | `[T, Hq]` f32      | of the attention |
    | delta      | `[T, Hq]` f32      | of `attn.attend_delta` |
    | indices    | `[T, Hkv, n]` i32  | block lists, where the key set needs them |
    | base       | `[T, Hq, Dk]`      | what other attentions of the same queries give |
    | learned    | each `[Hq]` f32    | what the region takes of a head |
    | dq         | `[T, Hq, Dk]`      | |
    | dlearned   | each `[T, Hq]` f32 | one for each learned value |

    Constraints: what `attend_c1` to `attend_c14` and `attend_c16` say of q, k, v,
    indices, scale, learned values and region; `attend_grad_q_c1` dout is `[T, Hq, Dv]`
    of q's element type, and lse and delta are `[T, Hq]`; `attend_grad_q_c2` dq is
    `[T, Hq, Dk]` of q's element type or f32; `attend_grad_q_c3` there is one dlearned
    `[T, Hq]` for each learned value; `attend_grad_q_c4` static row counts agree;
    `attend_grad_q_c5` base and dq have one type.

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
    "attend_grad_kv", (ins Optional<Attn_Indices>:$bounds, Optional<Attn_Indices>:$entries),
    "(`listed` `(` $bounds^ `,` $entries `:` type($bounds) `,` type($entries) `)`)?",
    "type($dk) `,` type($dv)"> {
  let summary = "gradients of an attention's keys and values";
  let description = [{
    With s, s', P, dP and dS of `attn.attend_grad_q`, key row r of KV head g gets, summed
    over the queries t that see it and the heads h of g,
    `dk[r,g] = scale * sum dS * (ds'/ds) * q[t,h]` and `dv[r,g] = sum P * dout[t,h]`.
    Rows that are no sequence's key, and keys that no query sees, get 0. A pair whose P is
    0 adds 0 times its rows of q and dout: NaN where these are not finite.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | operands   | see `attn.attend_grad_q` | |
    | bounds     | `[T, Hkv, 2]` i32  | of `attn.invert_lists`, where the key set needs lists |
    | entries    | `[T, Hkv, n]` i32  | of `attn.invert_lists`, in place of indices |
    | dk         | `[Tk, Hkv, Dk]`    | |
    | dv         | `[Tk, Hkv, Dv]`    | |

    The queries of a key are those that list its block, which the lists are asked for by
    block: `listed` takes them as `attn.invert_lists` gives them for blocks of as many
    tokens as a listed block of the key set has, and any other values have no meaning.

    Constraints: what `attend_c1` to `attend_c14` and `attend_c16` say of q, k, v,
    indices, which are entries here, scale, learned values and region;
    `attend_grad_kv_c1` dout is `[T, Hq, Dv]`
    of q's element type, and lse and delta are `[T, Hq]`; `attend_grad_kv_c2` dk is
    `[Tk, Hkv, Dk]` and dv `[Tk, Hkv, Dv]`, each its value's element type or f32;
    `attend_grad_kv_c3` static row counts agree; `attend_grad_kv_c4` bounds are
    `[T, Hkv, 2]`, and given exactly where entries are.

    Tiled by keys, each of which visits the queries that see it: one owner per element,
    and sums in one order.

    Example:
    ```mlir
    %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu
        of %do, %lse, %delta listed(%bounds, %entries : tensor<?x4x2xi32>, tensor<?x4x16xi32>)
        : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>,
          tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<?x64xf32>
          -> tensor<?x4x128xf32>, tensor<?x4x128xf32>
    ```
  }];
  let results = (outs Attn_Packed:$dk, Attn_Packed:$dv);
}

def Attn_InvertListsOp : Attn_KernelOp<"invert_lists", [], ["getMostTokens"]> {
  let summary = "the tokens that list each block";
  let description = [{
    Lists say of a token which blocks it reads; a block's gradient needs to know which
    tokens read it. In a sequence of L tokens, blocks are the runs of l' tokens 0 to
    `ceil(L / l') - 1`. For each KV head g and each sequence s, which starts at token
    `c = cu[s]`:

    ```
      entries of g   |  sequence 0  |     sequence 1      | ...      n for each token
      positions      0            c n            (c + L) n
                                   | block 0 | block 1 |..| -1 .. -1 |
                                begin   end
    ```

    `bounds[c + b * l', g] = [begin, end)` are the positions of block b's segment:
    `begin = c * n + ` how often the sequence's lists of g name blocks below b, and
    `end = begin + ` how many of its tokens list b, however often. The segment holds these
    tokens' positions in the sequence, ascending. Position p of KV head g is element
    number `g * T * n + p` of entries in row-major order: those of a head are consecutive.

    -1 and other numbers of no block of the sequence are left out. Where no token's list
    names a block twice, segments touch. Entries that are in no segment hold -1, and
    bounds of tokens that are no block's first, or of no sequence, hold 0.

    Over a batch of `attn.batch`, lists are of queries and blocks of tokens: entries are
    numbers of queries among their sequence's, c n is n times the row of its first query,
    and bounds have a row for each row of `for k`, block b's at `c + b * l'` by the ends
    of keys. Of a sequence without queries they hold 0.

    A block that is later than the token is a block as any other: whether the token sees
    keys of a block that it lists is for the key set to say.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | indices    | `[T, Hkv, n]` i32  | what each token lists, in any order |
    | cu_seqlens | `[B + 1]` i32, or a batch | see the dialect |
    | k          | `[Tk, Hkv, D]`     | the keys of a batch |
    | bounds     | `[T, Hkv, 2]` i32, of a batch `[Tk, Hkv, 2]` | where a block's segment begins and ends |
    | entries    | `[T, Hkv, n]` i32  | storage of the segments |

    Constraints: `invert_lists_c1` kv heads of indices and n are static and 1 to 4096;
    `invert_lists_c2` bounds are `[T, Hkv, 2]`; `invert_lists_c3` entries are
    `[T, Hkv, n]`; `invert_lists_c4` block, in tokens, is 1 to 2^31 - 1; `invert_lists_c5`
    static row counts agree; `invert_lists_c6` a static T times n times the kv heads is
    below 2^31, as it has to be where T is dynamic: an entry refuses more tokens;
    `invert_lists_c7` k is given exactly where there is a batch.

    Lowers to one tile kernel, a program for some blocks of a sequence: the same numbers
    every time, for who counts also writes.

    Example:
    ```mlir
    %bounds, %entries = attn.invert_lists %i over %cu block 64
        : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
    %b, %e = attn.invert_lists %i over %batch block 64 for %k : tensor<?x4x128xbf16>
        : tensor<?x4x16xi32>, !attn.batch -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
    ```
  }];
  let arguments = (ins Attn_Indices:$indices, Attn_Sequences:$cuSeqlens,
                       Optional<Attn_Packed>:$k, I64Attr:$block);
  let results = (outs Attn_Indices:$bounds, Attn_Indices:$entries);
  let assemblyFormat = [{
    $indices `over` $cuSeqlens `block` $block (`for` $k^ `:` type($k))? attr-dict `:` type($indices) `,`
    type($cuSeqlens) `->` type($bounds) `,` type($entries)
  }];
  let hasVerifier = 1;
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
                       Attn_Sequences:$cuSeqlens);
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
  let arguments = (ins Attn_RowStat:$rows, Attn_Sequences:$cuSeqlens);
  let results = (outs Attn_PerHead:$sums);
  let assemblyFormat = [{
    $rows `over` $cuSeqlens attr-dict `:` type($rows) `,` type($cuSeqlens) `->` type($sums)
  }];
  let hasVerifier = 1;
}

#endif // FOVEA_ATTN_ATTEND_GRAD_OPS_TD
