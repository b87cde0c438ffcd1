//===- AttnBatch.td - queries and keys of sequences --------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where queries and keys are the same tokens, cu_seqlens says all about a batch. Where
// they are not, a value of one type says it, which operations take in its place.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_ATTN_BATCH_TD
#define FOVEA_ATTN_BATCH_TD

include "fovea/Dialect/Attn/IR/AttnDialect.td"
include "fovea/Dialect/Attn/IR/AttnTypes.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_Batch : TypeDef<Attn_Dialect, "Batch"> {
  let mnemonic = "batch";
  let summary = "sequences whose queries are some of their tokens";
  let description = [{
    What `attn.batch` makes, and operations take in place of `cu_seqlens`. It is no
    array: a function takes the arrays that it is made of.
  }];
}

/// Sequences of a batch: of tokens that are queries and keys at once, or apart.
def Attn_Sequences : AnyTypeOf<[Attn_CuSeqlens, Attn_Batch],
    "non-empty [sequences + 1] or a batch">;

def Attn_BatchOp : Attn_Op<"batch", [Pure]> {
  let summary = "sequences of which some tokens are queries";
  let description = [{
    Sequence b has the tokens at rows `keys[b] .. keys[b + 1] - 1` of arrays of keys, all
    of them or, with `lengths`, the first `lengths[b]`; of compressed keys the rows from
    `keys[b] / d` on. Its last tokens are queries: those at rows `queries[b] ..
    queries[b + 1] - 1` of arrays of queries, so that with L tokens and Lq queries row
    `queries[b] + i` is the query at position `L - Lq + i`. This is a chunk of a prompt
    behind what a cache holds, a step of decoding, or a part of a sequence that other
    devices have the other queries of.

    | value   | shape         | meaning |
    | ------- | ------------- | --- |
    | queries | `[B + 1]` i32 | as cu_seqlens (see the dialect), of Tq rows of queries |
    | keys    | `[B + 1]` i32 | as cu_seqlens, of Tk rows of keys |
    | lengths | `[B]` i32     | tokens that there are, at most the rows of keys |
    | batch   | `!attn.batch` | |

    `0 <= Lq <= L <= keys[b + 1] - keys[b]` must hold. Rows of keys at or past L hold
    anything: nothing reads them.

    Constraints: `batch_c1` static sizes agree: of queries and keys, and one less of
    lengths.

    Example: the queries of a chunk see the compressed keys of all tokens up to them.
    ```mlir
    %batch = attn.batch queries %cuq keys %cuk lengths %used
        : tensor<?xi32>, tensor<?xi32>, tensor<?xi32>
    %o, %lse = attn.attend %q sees #attn.compressed<block = 32, stride = 16> in %kc, %vc, %batch
        : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>,
          !attn.batch -> tensor<?x64x128xbf16>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Attn_CuSeqlens:$queries, Attn_CuSeqlens:$keys,
                       Optional<Attn_Lengths>:$lengths);
  let results = (outs Attn_Batch:$batch);
  let assemblyFormat = [{
    `queries` $queries `keys` $keys (`lengths` $lengths^)? attr-dict `:` type($queries)
    `,` type($keys) (`,` type($lengths)^)?
  }];
  let hasVerifier = 1;
}

#endif // FOVEA_ATTN_BATCH_TD
