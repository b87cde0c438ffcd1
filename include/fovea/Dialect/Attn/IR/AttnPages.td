//===- AttnPages.td - keys and values that lie in pages ----*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A cache grows by pages: blocks of memory for as many tokens each, which may be
// anywhere, and of which sequences that begin alike may share some. A table says which
// page holds which tokens.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_ATTN_PAGES_TD
#define FOVEA_ATTN_PAGES_TD

include "fovea/Dialect/Attn/IR/AttnDialect.td"
include "fovea/Dialect/Attn/IR/AttnTypes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_Cache : RankedTensorOf<[Attn_Float], [HasAnyRankOfPred<[4]>, Attn_BoundedPred],
    "pages [pages, slots, heads, dim], or heads before slots">;
def Attn_PageTable : RankedTensorOf<[I32], [HasAnyRankOfPred<[1]>, Attn_BoundedPred],
    "page numbers [entries]">;

def Attn_GatherPagesOp : Attn_Op<"gather_pages", [Pure]> {
  let summary = "keys or values that lie in pages, as packed rows";
  let description = [{
    `out[e*S + s, h, c] = cache[table[e], s, h, first + c]` for each entry e of the table
    and each of the S slots of a page, with first = `columns`, or 0; with `heads_first`
    it is `cache[table[e], h, s, first + c]`. An entry that names no page gives 0. A row
    is what the keys of an `attn.batch` are: a token or, of compressed keys, d of them.

    | value | shape             | meaning |
    | ----- | ----------------- | --- |
    | cache | `[pages, S, H, C]`, or `[pages, H, S, C]` | of any number of pages |
    | table | `[N]` i32         | the tables of all sequences, one behind the other |
    | out   | `[N * S, H, D]`   | packed rows |

    Nothing stores the rows: the kernels of `attn.attend`, `attn.score_blocks` and
    `attn.index_blocks` copy them from their pages. Sequence b of the batch then owns the
    entries `keys[b] / P .. keys[b + 1] / P - 1` of the table, P = S * d being the tokens
    of a page, so that each of `keys` is a multiple of P; a table `[B, M]` is flat, and
    `keys[b] = b * M * P`. Nothing reads the entries and slots of tokens at or past a
    sequence's length, which may hold anything.

    Constraints: `gather_pages_c1` slots, heads and columns are static, the slots a power
    of 2 from 1 to 256; `gather_pages_c2` cache and out agree in heads and element type;
    `gather_pages_c3` out has D columns, of which the last is `first + D - 1 <= C - 1`,
    and first is a multiple of 8; `gather_pages_c4` out has N * S rows where both are
    static. `attn-infer-rows` refuses pages as what is no key or value of an `attn.batch`.

    Example: keys and values that share rows of a cache with heads before slots.
    ```mlir
    %k = attn.gather_pages %cache through %table heads_first
        : tensor<?x4x128x256xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
    %v = attn.gather_pages %cache through %table heads_first columns 128
        : tensor<?x4x128x256xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
    ```
  }];
  let arguments = (ins Attn_Cache:$cache, Attn_PageTable:$table, UnitAttr:$headsFirst,
                       DefaultValuedAttr<I64Attr, "0">:$columns);
  let results = (outs Attn_Packed:$out);
  let assemblyFormat = [{
    $cache `through` $table (`heads_first` $headsFirst^)? (`columns` $columns^)? attr-dict
    `:` type($cache) `,` type($table) `->` type($out)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Rows of a page.
    int64_t getSlots();
    int64_t getHeads();
    /// Who takes the pages that an operation, or one of a group's, reads; null where it
    /// reads none. Of several, the one of the fewest slots.
    static ::fovea::attn::GatherPagesOp findReadBy(::mlir::Operation *root);
  }];
}

#endif // FOVEA_ATTN_PAGES_TD
