//===- AttnOps.td - the operations of attention ------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_OPS_TD
#define FOVEA_ATTN_OPS_TD

include "fovea/Dialect/Attn/IR/AttnAttrs.td"
include "fovea/Dialect/Attn/IR/AttnBatch.td"
include "fovea/Dialect/Attn/IR/KernelOpInterface.td"
include "fovea/Dialect/Attn/IR/ScoreRegion.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// An operation that computes; `overridden` are the methods of its interface that it does
/// not leave as they are.
class Attn_KernelOp<string mnemonic, list<Trait> traits = [], list<string> overridden = []>
    : Attn_Op<mnemonic, traits # [
        Pure, DeclareOpInterfaceMethods<Attn_KernelOpInterface, overridden>]>;

def Attn_CompressOp : Attn_KernelOp<"compress", [AttrSizedOperandSegments]> {
  let summary = "one row per window of tokens (NSA, Eq 7)";
  let description = [{
    `out[cu[b]/d + i, g] = phi(x[cu[b] + i*d : cu[b] + i*d + l, g])` for each
    sequence b and each window `0 <= i < numKeys(L_b)`; l and d are the block and
    stride of `windows`. Rows that are no sequence's window hold 0. Computed in f32
    or better, rounded once to the result's element type.

    | value       | shape            | meaning |
    | ----------- | ---------------- | --- |
    | input       | `[T, Hkv, D]`    | k or v |
    | cu_seqlens  | `[B + 1]` i32    | see the dialect; or a batch, whose tokens are keys |
    | params      | see `#attn.phi`  | weights of phi |
    | positions   | `[Hkv, l, D]`    | added to each row of a window |
    | output      | `[T / d, Hkv, D]` | compressed rows |

    Constraints: `compress_c1` the number of parameters is that of phi;
    `compress_c2` each parameter's shape is the one in `#attn.phi`;
    `compress_c3` positions are `[Hkv, l, D]`; `compress_c4` input and output agree
    in heads, dim and element type; `compress_c5` heads and dim are static and 1 to 4096;
    `compress_c6` a static T and a static number of output rows agree.

    Lowers to one tile kernel with windows as rows.

    Example:
    ```mlir
    %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 32, stride = 16>
        over %cu : tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
    ```
  }];
  let arguments = (ins Attn_Packed:$input, Attn_Sequences:$cuSeqlens,
                       Variadic<Attn_Parameter>:$params,
                       Optional<Attn_Parameter>:$positions,
                       Attn_CompressedAttr:$windows, Attn_PhiAttr:$phi);
  let results = (outs Attn_Packed:$output);
  let assemblyFormat = [{
    $input `by` qualified($phi) `into` qualified($windows) `over` $cuSeqlens
    (`params` `(` $params^ `:` type($params) `)`)?
    (`positions` `(` $positions^ `:` type($positions) `)`)?
    attr-dict `:` type($input) `,` type($cuSeqlens) `->` type($output)
  }];
  let hasVerifier = 1;
}

def Attn_AttendOp : Attn_KernelOp<"attend", [
    AttrSizedOperandSegments, IsolatedFromAbove,
    DeclareOpInterfaceMethods<OpAsmOpInterface,
                              ["getAsmBlockArgumentNames", "getAsmResultNames"]>],
    ["getResultForm", "getQueries"]> {
  let summary = "softmax attention over a key set (NSA, Eq 1 and 2)";
  let description = [{
    For query row t of sequence b and head h of group g = h / G, with
    `s[u] = scale * q[t,h] . k[row(u),g]` over the keys u that `keys` contains:
    `lse = ln sum_u exp(s[u])` and `out = sum_u exp(s[u] - lse) * v[row(u),g]`.
    An empty set gives `out = 0` and `lse = -inf`. Keys outside of the set add
    exactly nothing, NaN or not; see docs/numerics.md for the one exception.

    A region `scores` puts a score of its own in place of s[u] (see `attn.score`).
    `sinks` are learned logits beside those of keys, which have no value:
    `lse = ln(exp(sinks[h]) + sum_u exp(s[u]))`. An empty set gives `out = 0` and
    `lse = sinks[h]`.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | q          | `[T, Hq, Dk]`      | queries |
    | k          | `[Tk, Hkv, Dk]`    | keys: Tk is T, or T / d of compressed ones |
    | v          | `[Tk, Hkv, Dv]`    | values, or compressed values |
    | cu_seqlens | `[B + 1]` i32, or a batch | see the dialect |
    | indices    | `[T, Hkv, n]` i32  | block lists, where the key set needs them |
    | sinks      | `[Hq]` f32         | natural logarithms |
    | learned    | each `[Hq]` f32    | what the region takes of a head |
    | out        | `[T, Hq, Dv]`      | |
    | lse        | `[T, Hq]` f32      | natural logarithm |

    `scale` is `Dk^-1/2` unless given.

    Constraints: `attend_c1` Hkv divides Hq; `attend_c2` q and k agree in Dk;
    `attend_c3` k and v agree in heads; `attend_c4` q, k, v and out agree in element
    type; `attend_c5` out is `[T, Hq, Dv]` and lse `[T, Hq]`; `attend_c6` indices are
    given exactly where the key set needs them, and are `[T, Hkv, n]`, n static and 1 to 4096;
    `attend_c7` heads and dims are static and 1 to 4096; `attend_c8` scale times log2 e is a
    positive normal f32 number; `attend_c9` static row counts agree: T of q, out, lse
    and indices, Tk of k and v; `attend_c10` Tk = floor(T / d), d being the key set's
    stride, where both are static; `attend_c11` sinks and learned values are `[Hq]`;
    `attend_c12` the region is one block of the arguments that `attn.score` says, one for
    each learned value among them, and ends in `attn.score`; `attend_c13` it holds
    operations of the list there on scalars of f32, i32 and i1; `attend_c14` what it
    divides integers by are constants above 0; `attend_c15` with sinks, scale is 2^-40 to
    2^40; `attend_c16` the key set's stride is at least 1, and so is the block of a set
    that needs indices.

    Lowers to one tile kernel: the one attend generator over visits.

    Example:
    ```mlir
    %o, %lse = attn.attend %q sees #attn.window<512> in %k, %v, %cu
        : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>,
          tensor<?xi32> -> tensor<?x64x128xbf16>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Attn_Packed:$q, Attn_Packed:$k, Attn_Packed:$v,
                       Attn_Sequences:$cuSeqlens, Optional<Attn_Indices>:$indices,
                       Optional<Attn_PerHead>:$sinks, Variadic<Attn_PerHead>:$learned,
                       Attn_KeySetInterface:$keys, OptionalAttr<F64Attr>:$scale);
  let results = (outs Attn_Packed:$out, Attn_RowStat:$lse);
  let regions = (region AnyRegion:$scoreRegion);
  let assemblyFormat = [{
    $q `sees` qualified($keys) `in` $k `,` $v `,` $cuSeqlens
    (`indices` `(` $indices^ `:` type($indices) `)`)? (`scale` $scale^)?
    (`sinks` `(` $sinks^ `:` type($sinks) `)`)? ``
    custom<ScoreRegion>($learned, type($learned), $scoreRegion)
    attr-dict `:` type($q) `,` type($k) `,` type($v) `,` type($cuSeqlens)
    `->` type($out) `,` type($lse)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The given scale, or Dk^-1/2.
    double getScaleOrDefault();
    int64_t getGroupSize();
  }];
}

def Attn_ScoreBlocksOp : Attn_KernelOp<"score_blocks", [
    IsolatedFromAbove, Attn_NamesScoreArguments], ["getResultForm", "getQueries"]> {
  let summary = "importance of each selection block (NSA, Eq 8 to 10)";
  let description = [{
    With `p[t,h,i] = exp(scale * q[t,h] . kc[row(i),g] - lse[t,h])` over the
    compressed keys i that query t sees,
    `scores[t,g,j] = sum_{h in g} sum_i W(i,j) * p[t,h,i]`, where
    `W(i,j) = |[i*d, i*d+l) intersect [j*l', (j+1)*l')| / d`, an integer.
    Accumulated in f32. Blocks that no visible key reaches, and blocks past the end
    of the sequence, score 0. A region `scores` puts a score of its own in place of
    `scale * q . kc` (see `attn.score`); it is the region of the attend whose lse this is.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | q          | `[T, Hq, Dk]`      | queries |
    | kc         | `[T / d, Hkv, Dk]` | compressed keys |
    | lse        | `[T, Hq]` f32      | of the compressed attend, natural logarithm |
    | cu_seqlens | `[B + 1]` i32, or a batch | see the dialect |
    | learned    | each `[Hq]` f32    | what the region takes of a head |
    | scores     | `[T, Hkv, ceil(T / l')]` f32 | |

    Constraints: `score_blocks_c1` Hkv divides Hq; `score_blocks_c2` q and kc agree in
    Dk and element type; `score_blocks_c3` the stride d divides l'; `score_blocks_c4`
    scores are `[T, Hkv, ?]`; `score_blocks_c5` lse is `[T, Hq]`; `score_blocks_c6`
    heads and dim are static and 1 to 4096; `score_blocks_c7` scale times log2 e is a
    positive normal f32 number; `score_blocks_c8` static row counts agree: T of q, lse
    and scores, and kc has floor(T / d); `score_blocks_c9` learned values are `[Hq]`;
    `score_blocks_c10` to `score_blocks_c12` the region is as `attend_c12` to `attend_c14`
    say.

    Lowers to a tile kernel that sums a band of columns with a carried halo; grouped
    with `attn.select_topk`, the score matrix is never stored.

    Example:
    ```mlir
    %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
        into #attn.selected<block = 64> in %kc, %lse, %cu : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>,
        tensor<?x64xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
    ```
  }];
  let arguments = (ins Attn_Packed:$q, Attn_Packed:$kc, Attn_RowStat:$lse,
                       Attn_Sequences:$cuSeqlens, Variadic<Attn_PerHead>:$learned,
                       Attn_CompressedAttr:$windows, Attn_SelectedAttr:$blocks,
                       OptionalAttr<F64Attr>:$scale);
  let results = (outs Attn_Scores:$scores);
  let regions = (region AnyRegion:$scoreRegion);
  let assemblyFormat = [{
    $q `over` qualified($windows) `into` qualified($blocks) `in` $kc `,` $lse
    `,` $cuSeqlens
    (`scale` $scale^)? `` custom<ScoreRegion>($learned, type($learned), $scoreRegion)
    attr-dict `:` type($q) `,` type($kc) `,` type($lse) `,`
    type($cuSeqlens) `->` type($scores)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The given scale, or Dk^-1/2.
    double getScaleOrDefault();
  }];
}

def Attn_IndexBlocksOp : Attn_KernelOp<"index_blocks", [], ["getResultForm", "getQueries"]> {
  let summary = "scores of selection blocks from index queries and keys (MSA, DSA, QSA)";
  let description = [{
    A KV head g has `Hi / Hkv` index heads h of its own, and its index key head is
    `g / (Hkv / Hik)`: with `Hik = 1` all share one. For query t and each key u that
    `keys` contains,
    `c[t,g,u] = sum_{h of g} w[t,h] * act(iq[t,h] . ik[row(u)])`, with w = 1 without
    weights and act the identity without `through relu`, and
    `scores[t,g,j] = max of c[t,g,u] over the keys u of block j that the query sees`. Key
    u is of the block that holds its first token: `j = floor(u * d / l')`, d being the
    key set's stride. Accumulated in f32.

    A block of which the query sees no key scores -inf, as do blocks past the end of the
    sequence. A key whose c is NaN does not count: the maximum is over the others.
    relu(x) is x where x > 0, else 0, so that of NaN it is 0. A c past f32's range counts
    as its largest number, or as -inf.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | iq         | `[T, Hi, Di]`      | index queries |
    | ik         | `[T / d, Hik, Di]` | index keys |
    | cu_seqlens | `[B + 1]` i32, or a batch | see the dialect |
    | weights    | `[T, Hi]` f32      | of index heads |
    | scores     | `[T, Hkv, ceil(T / l')]` f32 | |

    Constraints: `index_blocks_c1` Hkv divides Hi and Hik divides Hkv;
    `index_blocks_c2` iq and ik agree in Di and element type; `index_blocks_c3` the key
    set takes no lists and its stride divides l'; `index_blocks_c4` scores are
    `[T, Hkv, ?]` of a static Hkv, 1 to 4096; `index_blocks_c5` weights are `[T, Hi]`;
    `index_blocks_c6` heads and dim are static and 1 to 4096; `index_blocks_c7` static row
    counts agree: T of iq, weights and scores, and ik has floor(T / d);
    `index_blocks_c8` the key set's stride is at least 1.

    What a query sees of a block is what the key set says: over `#attn.full` that is keys
    behind the query too, and a score may tell of the future. `attn.select_topk` lists
    blocks up to the query's own, so that it is the later tokens of the query's own block
    that can change what the query attends to.

    Lowers to a tile kernel that takes the maximum of each block's columns; grouped with
    `attn.select_topk`, the score matrix is never stored.

    Example:
    ```mlir
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 128>
        in %ik, %cu : tensor<?x4x128xbf16>, tensor<?x1x128xbf16>, tensor<?xi32>
        -> tensor<?x4x?xf32>
    ```
  }];
  let arguments = (ins Attn_Packed:$iq, Attn_Packed:$ik, Attn_Sequences:$cuSeqlens,
                       Optional<Attn_RowStat>:$weights, Attn_KeySetInterface:$keys,
                       Attn_SelectedAttr:$blocks,
                       OptionalAttr<Attn_IndexActivation>:$activation);
  let results = (outs Attn_Scores:$scores);
  let assemblyFormat = [{
    $iq `over` qualified($keys) `into` qualified($blocks) `in` $ik `,` $cuSeqlens
    (`through` $activation^)? (`weights` `(` $weights^ `:` type($weights) `)`)?
    attr-dict `:` type($iq) `,` type($ik) `,` type($cuSeqlens) `->` type($scores)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    bool isRectified() { return getActivation() == IndexActivation::Relu; }
    /// Index heads of a KV head.
    int64_t getGroupSize();
    /// KV heads that share one head of index keys.
    int64_t getKeySharing();
    /// Index keys of a block.
    int64_t getKeysPerBlock();
    /// Whether a tile has the rows of all KV heads, whose scores are then no sums: where
    /// each has one index head, all share the keys, and queries are few, so that who
    /// reads the keys once has less to wait for than programs of each head have.
    bool takesHeadsTogether();
  }];
}

def Attn_SelectTopkOp : Attn_KernelOp<"select_topk", [], ["getOperandForm"]> {
  let summary = "the blocks that matter, per query and KV head (NSA, Eq 11)";
  let description = [{
    For query position t with own block `b = t / l'`, the blocks
    `forced = {0 .. initial-1} union {max(0, b-local+1) .. b}` (those <= b) and the
    best `count - |forced|` of the other blocks `j <= b`, by score descending, then
    by j ascending: ties go to the lowest block. Fewer candidates: all are taken.
    Slots are sorted by j ascending; unused slots hold -1 and come last. A block
    whose score is NaN or -inf is not chosen unless forced.

    | value      | shape              | meaning |
    | ---------- | ------------------ | --- |
    | scores     | `[T, Hkv, N]` f32  | N >= blocks of the longest sequence |
    | cu_seqlens | `[B + 1]` i32, or a batch | see the dialect |
    | indices    | `[T, Hkv, count]` i32 | |

    Constraints: `select_topk_c1` 1 <= count <= 4096 and initial, local >= 0;
    `select_topk_c2` count >= initial + local; `select_topk_c3` indices are
    `[T, Hkv, count]`; `select_topk_c4` kv heads are static and 1 to 4096; `select_topk_c5`
    static row counts of scores and indices agree.

    Lowers to a streaming top-k that a tile kernel carries over score tiles.

    Example:
    ```mlir
    %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
        : tensor<?x4x?xf32>, tensor<?xi32> -> tensor<?x4x16xi32>
    ```
  }];
  let arguments = (ins Attn_Scores:$scores, Attn_Sequences:$cuSeqlens,
                       Attn_SelectedAttr:$blocks, I64Attr:$count, I64Attr:$initial,
                       I64Attr:$local);
  let results = (outs Attn_Indices:$indices);
  let assemblyFormat = [{
    $scores `,` $cuSeqlens `of` qualified($blocks) `top` $count `initial` $initial
    `local` $local attr-dict `:` type($scores) `,` type($cuSeqlens) `->`
    type($indices)
  }];
  let hasVerifier = 1;
}

def Attn_CombineOp : Attn_KernelOp<"combine", [AttrSizedOperandSegments],
    ["getOperandForm", "getResultForm", "getUpdatedOperand"]> {
  let summary = "gated sum of branches (NSA, Eq 5)";
  let description = [{
    `out[t,h] = base[t,h] + sum_c gate[t,h,c] * branches_c[t,h]`, c from 0 to C - 1.
    With mode `logits` the gate is `sigmoid(gates[t,h,c])`; with `values` it is
    `gates[t,h,c]` itself.

    A combine may be part of a sum of more branches: `onto` names a partial sum that it
    adds to, and `columns` the columns of the gates that are its branches', in their
    order, so that the gates of all of them stay one array: branch c's gate is
    `gates[t,h,columns[c]]`. Without `onto`, base is 0; without `columns`, the gates have
    a column for each branch and no other.

    | value    | shape           |
    | -------- | --------------- |
    | branches | C of `[T, Hq, Dv]` |
    | gates    | `[T, Hq, C]`, or `[T, Hq, N]` with `columns` |
    | base     | `[T, Hq, Dv]`, or none |
    | out      | `[T, Hq, Dv]`   |

    Constraints: `combine_c1` at least one branch; `combine_c2` branches, base and out
    have one type; `combine_c3` gates are `[T, Hq, C]`, or with `columns` `[T, Hq, N]`
    with N static; `combine_c4` heads and dim are static and 1 to 4096; `combine_c5`
    static row counts of gates and out agree; `combine_c6` there is a column for each
    branch, from 0 to N - 1.

    Lowers to an elementwise tile kernel, or to an epilogue when grouped with an
    attend. A single branch with constant gates has no canonical shorter form.

    Example:
    ```mlir
    %o = attn.combine %a, %b gates %g logits
        : (tensor<?x64x128xbf16>, tensor<?x64x128xbf16>, tensor<?x64x2xbf16>)
          -> tensor<?x64x128xbf16>
    ```
    The same in two parts, of which the first is rounded to bf16:
    ```mlir
    %p = attn.combine %a gates %g columns [0] logits
        : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>) -> tensor<?x64x128xbf16>
    %o = attn.combine %b gates %g columns [1] logits onto %p
        : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>, tensor<?x64x128xbf16>)
          -> tensor<?x64x128xbf16>
    ```
  }];
  let arguments = (ins Variadic<Attn_Packed>:$branches, Attn_Packed:$gates,
                       Optional<Attn_Packed>:$base, OptionalAttr<DenseI64ArrayAttr>:$columns,
                       Attn_GateMode:$mode);
  let results = (outs Attn_Packed:$out);
  let assemblyFormat = [{
    $branches `gates` $gates (`columns` $columns^)? $mode (`onto` $base^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The column of the gates that is branch number `branch`'s.
    int64_t getGateColumn(size_t branch) {
      return getColumns() ? (*getColumns())[branch] : branch;
    }
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$out, "::mlir::ValueRange":$branches,
                                 "::mlir::Value":$gates,
                                 "::fovea::attn::GateMode":$mode), [{
    build($_builder, $_state, out, branches, gates, /*base=*/::mlir::Value(),
          /*columns=*/::mlir::DenseI64ArrayAttr(), mode);
  }]>];
  let hasVerifier = 1;
}

def Attn_GroupOp : Attn_Op<"group", [
    RecursiveMemoryEffects, SingleBlockImplicitTerminator<"YieldOp">,
    NoRegionArguments]> {
  let summary = "operations that become one kernel";
  let description = [{
    The one mechanism of fusion: the body's operations are computed by one kernel,
    tile by tile, and only yielded values are stored. Fusion passes form groups; the
    meaning is that of the body inlined.

    Constraints: `group_c1` the body holds attn operations on tensors only, no group and
    no spec; `group_c2` yielded types are the result types; `group_c3` one kernel can
    compute the body: what is tiled by windows, keys or heads (attn.compress, gradients of
    keys and weights) is alone; the others share cu_seqlens, query heads and
    KV heads; what is computed in the body is read in it as a branch or the base of attn.combine
    (of attn.attend or attn.combine) or as the scores of attn.select_topk, and as nothing
    else; combines are not without an attention beside them, but alone.

    Canonical form: every output is computed in the body, yielded once and read outside
    of it, and the body has two operations or more, or the group carries attributes (a
    schedule).

    Example:
    ```mlir
    %i = attn.group {
      %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
          into #attn.selected<block = 64> in %kc, %lse, %cu : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>,
          tensor<?x64xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
      %t = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
          : tensor<?x4x?xf32>, tensor<?xi32> -> tensor<?x4x16xi32>
      attn.yield %t : tensor<?x4x16xi32>
    } : tensor<?x4x16xi32>
    ```
  }];
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body (`:` type($outputs)^)?";
  let extraClassDeclaration = [{
    /// Moves `ops`, of one block and in its order, into a new group where the last one
    /// is. It yields what is read outside of it.
    static GroupOp form(::llvm::ArrayRef<::mlir::Operation *> ops);

    /// Puts the body's operations where the group is, which goes with its attributes.
    void inlineBody(::mlir::RewriterBase &rewriter);

    /// Replaces outputs that nobody reads, that the body does not compute, or that are
    /// there twice: none of them is stored. The group without them; fails, and changes
    /// nothing, where there is no such output.
    ::mlir::FailureOr<GroupOp> dropOutputs(::mlir::RewriterBase &rewriter);
  }];
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
}

def Attn_YieldOp : Attn_Op<"yield", [Pure, Terminator,
    ParentOneOf<["GroupOp"]>]> {
  let summary = "ends a group and names what it stores";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

#endif // FOVEA_ATTN_OPS_TD
