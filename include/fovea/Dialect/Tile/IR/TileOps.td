//===- TileOps.td - operations on whole tiles --------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_OPS_TD
#define FOVEA_TILE_OPS_TD

include "fovea/Dialect/Tile/IR/TileDialect.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/LoopLikeInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_NonEmptyPred : CPred<
    "!::llvm::is_contained(::llvm::cast<::mlir::RankedTensorType>($_self).getShape(), 0)">;
/// At most 2^24 elements: see fovea/Support/Sizes.h.
def Tile_BoundedPred : CPred<
    "::fovea::hasBoundedSizes(::llvm::cast<::mlir::RankedTensorType>($_self).getShape(), "
    "::fovea::kMaxTileElements)">;
class Tile_TileOf<list<Type> types, list<int> ranks, string what>
    : RankedTensorOf<types, [HasAnyRankOfPred<ranks>, HasStaticShapePred,
                             Tile_NonEmptyPred, Tile_BoundedPred],
                     "static non-empty " # what>;

def Tile_Tile : Tile_TileOf<[AnyFloat, I1, I32], [1, 2], "tile">;
def Tile_Rows : Tile_TileOf<[AnyFloat, I1, I32], [1], "tile of rank 1">;
def Tile_Positions : Tile_TileOf<[I32], [1], "tile of rank 1">;
def Tile_Matrix : Tile_TileOf<[AnyFloat], [2], "tile of rank 2">;
def Tile_F32Matrix : Tile_TileOf<[F32], [2], "tile of rank 2">;
def Tile_I32Matrix : Tile_TileOf<[I32], [2], "tile of rank 2">;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

def Tile_LoadOp : Tile_Op<"load", [AttrSizedOperandSegments]> {
  let summary = "a tile from a view";
  let description = [{
    Reads the box of `sizes` at `offsets`; the last size is the tile's columns, the
    product of the others its rows (rank 1: the product of all). Along the first dim
    the box takes every `step`-th index. With `count`, first-dim indices at or past
    `count` (signed; may be <= 0) are not read and give 0: this is how tails, and the
    NaN that may live behind them, stay out. With `from`, so do those below it, whose
    place may be before the view. With `within w`, second-dim indices at or
    past w are padding: they give 0, but in shared memory, to which whole boxes are
    copied, what the view has there. So the rows of 12 heads become 16 for each token.

    With one size more than the view has dims, the first one says how often the box of
    the others is read: a number per head becomes one per row of each token. `from`,
    `count` and `within` are of the first and the second size then, too.

    With `rows`, the first dim is gathered: its index i is `rows[i]` from the offset, not
    i steps. One that is not in the view is not read and gives 0, and so do those below
    `from` or at or past `count`, whose `rows[i]` may be anything. A `rowwise` count is of
    the tile's rows, of which an index has several: those of pages, the last of which is
    full in part.

    A `transposed` tile has the box's columns as rows: its element (c, i) is the box's
    (i, c).

    A `flat` box is of the view's elements in row-major order, as if they were its one
    dim.

    Constraints: `load_c1` as many offsets as the view, or a flat one, has dims, at least
    1, and as many sizes, or one more and a step of 1;
    `load_c2` the tile's shape is that of the box; `load_c3` one element type; `load_c4`
    sizes >= 1 and 1 <= step < 2^31; `load_c5` the box fits the view where its size is
    static (in the first dim only without `count`, in the second only what is no
    padding); `load_c6` no offset is a negative constant; `load_c7` 1 <= w <= the second
    of two or more sizes; `load_c8` there is one of `rows` for each index of the first
    size, a step of 1, and no repeated box; `load_c9` a flat view is row-major; `load_c10`
    a transposed tile has rank 2, of a box that is neither repeated, gathered, flat nor
    padded; `load_c11` a rowwise count is there, of a gathered tile of rank 2 without
    `from` and `within`.

    Example:
    ```mlir
    %q = tile.load %view[%row, %head, %c0] sizes [8, 16, 128] count %n
        : memref<?x64x128xbf16> -> tensor<128x128xbf16>
    %tokens = tile.load %entries[%first] flat sizes [8] count %n
        : memref<?x4x16xi32> -> tensor<8xi32>
    %g = tile.load %view[%row, %head, %c0] rows %tokens sizes [8, 16, 128] count %n
        : memref<?x64x128xbf16>, tensor<8xi32> -> tensor<128x128xbf16>
    %p = tile.load %cache[%c0, %c0, %head, %c0] rows %pages sizes [4, 16, 1, 128]
        count %keys rowwise : memref<?x16x4x128xbf16>, tensor<4xi32> -> tensor<64x128xbf16>
    %d = tile.load %view[%earlier, %head, %c0] sizes [16, 1, 128] from %lo count %n
        : memref<?x64x128xbf16> -> tensor<16x128xbf16>
    %t = tile.load %view[%row, %head, %c0] sizes [16, 1, 128] count %n transposed
        : memref<?x64x128xbf16> -> tensor<128x16xbf16>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$view, Variadic<Index>:$offsets,
                       Optional<Tile_Positions>:$rows, Optional<Index>:$from,
                       Optional<Index>:$count,
                       DenseI64ArrayAttr:$sizes, DefaultValuedAttr<I64Attr, "1">:$step,
                       OptionalAttr<I64Attr>:$within, UnitAttr:$flat,
                       UnitAttr:$transposed, UnitAttr:$rowwise);
  let results = (outs Tile_Tile:$tile);
  let assemblyFormat = [{
    $view `[` $offsets `]` (`flat` $flat^)? (`rows` $rows^)? `sizes` $sizes
    (`within` $within^)? (`step` $step^)? (`from` $from^)? (`count` $count^)?
    (`rowwise` $rowwise^)? (`transposed` $transposed^)? attr-dict `:` type($view) (`,` type($rows)^)? `->` type($tile)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// What the box is of: the view, or a flat one.
    ::mlir::MemRefType getBoxedType();
    /// Whether the first size says how often the others' box is read.
    bool isRepeated() { return getSizes().size() > getOffsets().size(); }
    /// Rows of a matrix that one index of the first dim has.
    int64_t getRowsPerIndex() {
      return ::llvm::product_of(getSizes().drop_front().drop_back());
    }
  }];
}

def Tile_StoreOp : Tile_Op<"store", [AttrSizedOperandSegments]> {
  let summary = "a tile into a view";
  let description = [{
    The mirror of `tile.load`: first-dim indices at or past `count`, and second-dim
    indices at or past `within`, are not written.

    Constraints: `store_c1` to `store_c7` as `load_c1` to `load_c7`, with as many sizes as
    the view has dims.

    Example:
    ```mlir
    tile.store %o, %view[%row, %head, %c0] sizes [8, 16, 128] count %n
        : tensor<128x128xbf16>, memref<?x64x128xbf16>
    ```
  }];
  let arguments = (ins Tile_Tile:$tile, Arg<AnyMemRef, "", [MemWrite]>:$view,
                       Variadic<Index>:$offsets, Optional<Index>:$count,
                       DenseI64ArrayAttr:$sizes,
                       DefaultValuedAttr<I64Attr, "1">:$step,
                       OptionalAttr<I64Attr>:$within);
  let assemblyFormat = [{
    $tile `,` $view `[` $offsets `]` `sizes` $sizes (`within` $within^)?
    (`step` $step^)? (`count` $count^)? attr-dict `:` type($tile) `,` type($view)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Compute
//===----------------------------------------------------------------------===//

def Tile_DotOp : Tile_Op<"dot", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "matrix product with f32 accumulation";
  let description = [{
    `result[m,n] = acc[m,n] + sum_k lhs[m,k] * rhs[k,n]`, or `rhs[n,k]` with
    `transpose_rhs`. Operands widen to f32 before they are multiplied.

    Constraints: `dot_c1` inner dims agree; `dot_c2` outer dims are the result's.

    Example:
    ```mlir
    %s = tile.dot %q, %k, %zero transpose_rhs
        : tensor<128x128xf32>, tensor<64x128xbf16> -> tensor<128x64xf32>
    ```
  }];
  let arguments = (ins Tile_Matrix:$lhs, Tile_Matrix:$rhs, Tile_F32Matrix:$acc,
                       UnitAttr:$transposeRhs);
  let results = (outs Tile_F32Matrix:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` $acc (`transpose_rhs` $transposeRhs^)? attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_AsOperandOp : Tile_Op<"as_operand", [Pure, SameOperandsAndResultType]> {
  let summary = "a tile as a product takes it";
  let description = [{
    What `tile.dot` multiplies by values of type `element`: matrix instructions (a GPU) take
    operands of one type, so that an f32 operand is rounded to the other's; elsewhere (a
    CPU) it is the input itself. A sum of weights over this matches what was multiplied:
    a row of one key is exactly that key's value, whatever its weight rounds to.

    Constraints: `as_operand_c1` `element` is f16 or bf16.

    Example:
    ```mlir
    %w = tile.as_operand %p beside bf16 : tensor<128x64xf32>
    ```
  }];
  let arguments = (ins Tile_F32Matrix:$input, TypeAttrOf<AnyTypeOf<[F16, BF16]>>:$element);
  // as_operand_c1
  let results = (outs Tile_F32Matrix:$result);
  let assemblyFormat = "$input `beside` $element attr-dict `:` type($result)";
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "sum or maximum along one axis";
  let description = [{
    Reduces `axis` of a tile. Without `by` the axis goes away. With `by g`, each g
    consecutive elements along the axis become one and the axis stays, g times
    shorter: `axis 0 by 16` sums the 16 heads of each token.

    Constraints: `reduce_c1` axis < rank; `reduce_c2` g >= 1 divides the axis' size;
    `reduce_c3` the result has the reduced shape; `reduce_c4` f32 elements; `reduce_c5`
    rank 2 without `by`; `reduce_c6` of a fragment, rows that are reduced to one are of
    one warpgroup (64 rows): it does not wait for others.

    Example:
    ```mlir
    %max = tile.reduce max %s axis 1 : tensor<128x64xf32> -> tensor<128xf32>
    %sum = tile.reduce add %p axis 0 by 16 : tensor<128x64xf32> -> tensor<8x64xf32>
    ```
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_Tile:$input,
                       ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<1>]>:$axis,
                       OptionalAttr<I64Attr>:$group);
  let results = (outs Tile_Tile:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $kind $input `axis` $axis (`by` $group^)? attr-dict `:` type($input) `->`
    type($result)
  }];
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "one value per row (or column) to a whole tile";
  let description = [{
    `axis` is the axis that appears: with 1, `result[m,n] = input[m]`; with 0,
    `result[m,n] = input[n]`.

    Constraints: `broadcast_c1` the result has rank 2, the input's size on the
    axis that stays, and its element type.

    Example:
    ```mlir
    %b = tile.broadcast %max axis 1 : tensor<128xf32> -> tensor<128x64xf32>
    ```
  }];
  let arguments = (ins Tile_Rows:$input,
                       ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<1>]>:$axis);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$input `axis` $axis attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_RepeatOp : Tile_Op<"repeat", [Pure]> {
  let summary = "one value per token to one per row";
  let description = [{
    `result[i] = input[i / times]`: rows are packed heads, token-major.

    Constraints: `repeat_c1` the result is `times` as long, of the same element type;
    `repeat_c2` 1 <= times < 2^31.

    Example:
    ```mlir
    %rows = tile.repeat %tokens by 16 : tensor<8xi1> -> tensor<128xi1>
    ```
  }];
  let arguments = (ins Tile_Rows:$input, Tile_Count:$times); // repeat_c2
  let results = (outs Tile_Rows:$result);
  let hasFolder = 1;
  let assemblyFormat = "$input `by` $times attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_AnyTokenOp : Tile_Op<"any_token", [Pure]> {
  let summary = "whether who computes has a row of some listed token";
  let description = [{
    The four warps of warpgroup g hold rows 64g to 64g + 63, which are heads of tokens
    `64g / heads` to `(64g + 63) / heads`. True in all of them or in none, so that a branch on it does not diverge
    inside of a warpgroup. With `by warp` it is each warp's own answer, for its 16 rows.

    Who has a row of a listed token also computes rows of others. So what a branch on it
    gives must, for rows of tokens that are not listed, be the same in both regions: one
    that computes all rows, as a kernel that is not placed does, or a CPU, takes it as true.

    Constraints: `any_token_c1` 1 <= heads < 2^31; `any_token_c2` without `by warp` it
    stands in the roles of a kernel, which alone are those of warpgroups.

    Example: warps of which no token listed the block give it no weight.
    ```mlir
    %some = tile.any_token %tokens heads 16 by warp : tensor<12xi1>
    %p = scf.if %some -> tensor<192x64xf32> {
      %exp = math.exp2 %scores : tensor<192x64xf32>
      scf.yield %exp : tensor<192x64xf32>
    } else {
      scf.yield %zero : tensor<192x64xf32>
    }
    ```
  }];
  let arguments = (ins Tile_Rows:$tokens, Tile_Count:$heads, // any_token_c1
    UnitAttr:$byWarp);
  let results = (outs I1:$some);
  let assemblyFormat = [{
    $tokens `heads` $heads (`by` `warp` $byWarp^)? attr-dict `:` type($tokens)
  }];
}

def Tile_PositionsOp : Tile_Op<"positions", [Pure]> {
  let summary = "consecutive positions";
  let description = [{
    `result[i] = base + i / repeat`, as i32. A sequence has fewer than 2^31 tokens.

    Constraints: `positions_c1` 1 <= repeat < 2^31.

    Example:
    ```mlir
    %t = tile.positions %first repeat 16 : tensor<128xi32>
    ```
  }];
  // positions_c1
  let arguments = (ins Index:$base, DefaultValuedAttr<Tile_Count, "1">:$repeat);
  let results = (outs Tile_Positions:$result);
  let assemblyFormat = "$base (`repeat` $repeat^)? attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

def Tile_BandSumOp : Tile_Op<"band_sum", [Pure, AllTypesMatch<["carry", "newCarry"]>]> {
  let summary = "scores of windows to scores of blocks (NSA, Eq 9)";
  let description = [{
    `full[t,j] = sum_i W(i,j) * input[t,i]` with `W(i,j) =
    |[i*stride, i*stride+block) intersect [j*into, (j+1)*into)| / stride`. The N
    windows of a tile start in its first N*stride/into blocks and reach
    `halo = max(1, ceil((block - stride) / into))` blocks further. `scores` are the
    tile's own blocks, with `carry` (what earlier windows gave to the first `halo` of
    them) added; `new_carry` are the blocks past its own, for the next tile.

    Constraints: `band_sum_c1` stride divides block and into, which are at most 2^20; `band_sum_c2` into
    divides N*stride; `band_sum_c3` scores have N*stride/into columns, at least halo;
    `band_sum_c4` carries have halo columns and the input's rows.

    Example:
    ```mlir
    %b, %c1 = tile.band_sum %p carry %c0 block 32 stride 16 into 64
        : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
    ```
  }];
  let arguments = (ins Tile_F32Matrix:$input, Tile_F32Matrix:$carry, I64Attr:$window,
                       I64Attr:$stride, I64Attr:$into);
  let results = (outs Tile_F32Matrix:$scores, Tile_F32Matrix:$newCarry);
  let assemblyFormat = [{
    $input `carry` $carry `block` $window `stride` $stride `into` $into attr-dict
    `:` type($input) `,` type($carry) `->` type($scores)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Blocks past a tile's own that its windows reach, at least 1.
    static int64_t getHalo(int64_t block, int64_t stride, int64_t into);
    /// W(i, j) of windows and blocks numbered from 0 (NSA, Eq 9, as overlaps).
    static int64_t getWeight(int64_t i, int64_t j, int64_t block, int64_t stride,
                             int64_t into);
  }];
}

def Tile_BlockMaxOp : Tile_Op<"block_max", [Pure]> {
  let summary = "scores of keys to scores of blocks: the best key of each (MSA)";
  let description = [{
    `scores[t,j] = max of input[t,i] over j*keys <= i < (j+1)*keys`. An element that is
    NaN does not count; where all are, the block's score is -inf. As `tile.band_sum`, it
    leads from where keys are computed to where blocks are ranked: of a placed kernel the
    input is a fragment or in scratch, and the scores are in lanes.

    | value  | shape      | meaning |
    | ------ | ---------- | --- |
    | input  | `[t, n]`   | a score per token and key, f32 |
    | scores | `[t, n / keys]` | a score per token and block |

    Constraints: `block_max_c1` keys >= 1 divides the input's columns; `block_max_c2`
    scores have the input's rows and a column per `keys` of its columns.

    Example:
    ```mlir
    %b = tile.block_max %s by 64 : tensor<8x128xf32> -> tensor<8x2xf32>
    ```
  }];
  let arguments = (ins Tile_F32Matrix:$input, Tile_Count:$keys);
  let results = (outs Tile_F32Matrix:$scores);
  let assemblyFormat = [{
    $input `by` $keys attr-dict `:` type($input) `->` type($scores)
  }];
  let hasVerifier = 1;
}

def Tile_TopkUpdateOp : Tile_Op<"topk_update", [Pure,
    AllTypesMatch<["values", "newValues"]>, AllTypesMatch<["indices", "newIndices"]>]> {
  let summary = "a streaming top-k takes in one tile of scores";
  let description = [{
    Per row: the carried list holds the best n of what was seen, ordered by value
    descending, then by index ascending; an unused slot is (-inf, -1). Column j of
    `scores` is offered as index `base + j`; -inf and NaN are never taken. Offering
    scores in ascending order of index makes ties go to the lowest.

    Placed, the list is in `#tile.lanes`, or in `#tile.queued` where `scores` have 16
    columns or more. There what is taken may wait in a queue, so that only the two
    operations of a top-k read the list, and one of them once.

    Constraints: `topk_update_c1` rows agree; `topk_update_c2` values and indices have
    one shape and one encoding.

    Example:
    ```mlir
    %v1, %i1 = tile.topk_update %v0, %i0 with %scores at %base
        : tensor<8x16xf32>, tensor<8x16xi32>, tensor<8x16xf32>
    ```
  }];
  let arguments = (ins Tile_F32Matrix:$values, Tile_I32Matrix:$indices,
                       Tile_F32Matrix:$scores, Index:$base);
  let results = (outs Tile_F32Matrix:$newValues, Tile_I32Matrix:$newIndices);
  let assemblyFormat = [{
    $values `,` $indices `with` $scores `at` $base attr-dict `:` type($values) `,`
    type($indices) `,` type($scores)
  }];
  let hasVerifier = 1;
}

def Tile_TopkIndicesOp : Tile_Op<"topk_indices", [Pure]> {
  let summary = "a streaming top-k's indices, ascending, -1 last";
  let description = [{
    Per row: `indices` in ascending order, -1 last. They are those of `values`, by which
    the entries that wait in a queue (`#tile.queued`) find their place.

    Constraints: `topk_indices_c1` values, indices and the result have one shape;
    `topk_indices_c2` values and indices have one encoding.

    Example:
    ```mlir
    %sorted = tile.topk_indices %v, %i
        : tensor<8x16xf32>, tensor<8x16xi32> -> tensor<8x16xi32>
    ```
  }];
  let arguments = (ins Tile_F32Matrix:$values, Tile_I32Matrix:$indices);
  let results = (outs Tile_I32Matrix:$sorted);
  let assemblyFormat = [{
    $values `,` $indices attr-dict `:` type($values) `,` type($indices) `->`
    type($sorted)
  }];
  let hasVerifier = 1;
}

#endif // FOVEA_TILE_OPS_TD
