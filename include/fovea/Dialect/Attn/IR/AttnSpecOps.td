//===- AttnSpecOps.td - the spec language ------------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_SPEC_OPS_TD
#define FOVEA_ATTN_SPEC_OPS_TD

include "fovea/Dialect/Attn/IR/AttnDialect.td"
include "fovea/Dialect/Attn/IR/AttnAttrs.td"
include "fovea/Dialect/Attn/IR/ScoreRegion.td"
include "mlir/IR/SymbolInterfaces.td"

def Attn_SpecOp : Attn_Op<"spec", [
    Symbol, SymbolTable, IsolatedFromAbove, NoTerminator, SingleBlock,
    NoRegionArguments]> {
  let summary = "which keys a query may see, and how branches combine";
  let description = [{
    The user's page. `heads Hq over Hkv`, `dims Dk x Dv`, `of` the element type, then
    one `attn.branch` per way of looking at the past, and an `attn.ranker` for index
    heads that rank blocks. `attn-expand-spec` turns it into `@<name>_forward`. With
    `entries extend` it is `@<name>_extend`, whose queries are the last tokens of
    sequences that the keys hold (`attn.batch`); with `entries forward|extend` both; with
    `decode` `@<name>_decode`, the same for few queries of a sequence each. With
    `backward` among them each of the first two is marked `attn.backward`, and `attn-differentiate` makes
    `@<name>_backward` and `@<name>_extend_backward`.

    With more than one branch a gate per (token, head, branch) weighs them:
    `gates logits` (sigmoid is applied) or `gates values`; gates come in the order of
    the branches. With one branch `gates` is left out and the branch is the result.
    `scale` is `Dk^-1/2` unless given.

    With `pages P` the keys and values of `@<name>_extend` and `_decode`, and index keys, lie in pages of
    P tokens (`attn.gather_pages`), whose table the function takes: `[pages, P, H, D]`,
    with `heads_first` `[pages, H, P, D]`; with `interleaved` a key and its value are one
    row of Dk + Dv columns.

    Constraints: `spec_c1` 1 to 8 branches; `spec_c2` Hkv divides Hq, both 1 to 4096;
    `spec_c3` dims of 1 to 4096; `spec_c4` gates are given where there is more than one
    branch; `spec_c5` the element type is f32, f16 or bf16; `spec_c6` scale times
    log2 e is a positive normal f32 number; `spec_c7` at least one entry; `spec_c8` the
    body holds branches and rankers only; `spec_c9` where a branch has sinks, scale is
    2^-40 to 2^40; `spec_c10` pages are a power of 2 from 16 to 256, and with them comes
    `extend` or `decode`, no `backward`, no branch of compressed keys, and with `interleaved`
    Dk is a multiple of 8.

    Example:
    ```mlir
    attn.spec @nsa heads 64 over 4 dims 128 x 128 of bf16 gates logits {
      attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
      attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed
      attn.branch @window sees #attn.window<512>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$heads, I64Attr:$kvHeads,
                       I64Attr:$dk, I64Attr:$dv, TypeAttr:$elementType,
                       OptionalAttr<Attn_GateMode>:$gates,
                       OptionalAttr<F64Attr>:$scale,
                       DefaultValuedAttr<Attn_Entries, "Entries::Forward">:$entries,
                       OptionalAttr<I64Attr>:$pages, UnitAttr:$headsFirst,
                       UnitAttr:$interleaved);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `heads` $heads `over` $kvHeads `dims` $dk `x` $dv `of` $elementType
    (`gates` $gates^)? (`scale` $scale^)? (`entries` custom<EntryList>($entries)^)?
    (`pages` $pages^ (`heads_first` $headsFirst^)? (`interleaved` $interleaved^)?)?
    attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Attn_BranchOp : Attn_Op<"branch", [
    Symbol, HasParent<"SpecOp">, IsolatedFromAbove, Attn_NamesScoreArguments]> {
  let summary = "one way of looking at the past";
  let description = [{
    `sees` a key set. A `#attn.compressed` set says `by` which phi its keys are
    made (`with_positions` adds learned positions to a window's rows). A set that
    needs index lists says how many blocks it takes and what ranks them, a compressed
    branch or an `attn.ranker`: `top n initial i local o ranked by @name`. `own_kv` gives
    the branch keys and values of its own, as in the paper; otherwise all branches share
    one pair. `sinks` gives each query head a learned logit beside those of the keys.
    `scores(...) {...}` says what the score of a query and a key is (see `attn.score`);
    `%x = "name"` behind the four arguments is a learned number per query head. The
    blocks that a branch ranks are ranked by its scores as they are after that.

    Constraints: `branch_c1` phi is given exactly for compressed keys, and positions only
    with it; `branch_c2`
    top, initial, local and `ranked by` are given exactly where the set needs
    indices; `branch_c3` count >= initial + local, 1 <= count <= 4096; `branch_c4` `ranked by` names a
    compressed branch or a ranker above; `branch_c5` which ranks blocks of this size: the
    branch's stride divides the block, or the ranker's kind agrees. A
    ranking branch may have `own_kv`: its scores come from its own compressed keys.
    `branch_c6` names of learned numbers are letters, digits and `_`, and no two alike;
    `branch_c7` to `branch_c9` the region is as `attend_c12` to `attend_c14` say;
    `branch_c10` the key set's stride is at least 1, and so is the block of a set that
    needs indices.

    Example:
    ```mlir
    attn.branch @window sees #attn.window<512> own_kv sinks
        scores(%s, %query, %key, %head, %bias = "bias") {
      %score = arith.addf %s, %bias : f32
      attn.score %score
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Attn_KeySetInterface:$keys,
                       OptionalAttr<Attn_PhiAttr>:$phi, UnitAttr:$withPositions,
                       OptionalAttr<I64Attr>:$count, OptionalAttr<I64Attr>:$initial,
                       OptionalAttr<I64Attr>:$local,
                       OptionalAttr<FlatSymbolRefAttr>:$source, UnitAttr:$ownKv,
                       UnitAttr:$sinks, OptionalAttr<StrArrayAttr>:$learned);
  let regions = (region AnyRegion:$scoreRegion);
  let assemblyFormat = [{
    $sym_name `sees` $keys (`by` qualified($phi)^ (`with_positions` $withPositions^)?)?
    (`top` $count^ `initial` $initial `local` $local `ranked` `by` $source)?
    (`own_kv` $ownKv^)? (`sinks` $sinks^)? ``
    custom<BranchScoreRegion>($learned, $scoreRegion) attr-dict
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Attn_RankerOp : Attn_Op<"ranker", [Symbol, HasParent<"SpecOp">]> {
  let summary = "index heads that rank the blocks of selected branches";
  let description = [{
    `heads Hi over Hik` index query heads and index key heads, rows of `dim` columns, and
    `by` which function of them a block is ranked. Each KV head of the spec has
    `Hi / Hkv` index heads and a choice of blocks of its own; KV heads share the index
    keys where Hik is smaller. The function of the spec takes index queries and keys as
    arguments of their own, `<name>_q` and `<name>_k`, and what else the kind names.

    Constraints: `ranker_c1` heads, key heads and dim of 1 to 4096; `ranker_c2` the
    spec's KV heads divide heads, and key heads divide the KV heads; `ranker_c3` the kind's
    arguments have distinct names of letters, digits and `_`, and `ranker_c4` they are
    tensors of f32, f16, bf16 or i32, of which the first size alone may be dynamic.

    Example:
    ```mlir
    attn.ranker @index heads 4 over 1 dim 128 by #attn.max_index
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$heads, I64Attr:$keyHeads,
                       I64Attr:$dim, Attn_RankerInterface:$kind);
  let assemblyFormat = [{
    $sym_name `heads` $heads `over` $keyHeads `dim` $dim `by` $kind attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// With what the spec says.
    RankerShape getShape();
  }];
}

#endif // FOVEA_ATTN_SPEC_OPS_TD
