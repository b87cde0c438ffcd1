//===- TileLists.td - index lists by block -----------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_LISTS_TD
#define FOVEA_TILE_LISTS_TD

include "fovea/Dialect/Tile/IR/TileDialect.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_ListsView : MemRefRankOf<[I32], [3]>;

def Tile_InvertListsOp : Tile_Op<"invert_lists"> {
  let summary = "the tokens that list each of some blocks";
  let description = [{
    Of one run of rows, which `tile.locate` gives, and of `head`: inverts what the lists
    of tokens `[base, base + keys)` say of the blocks of `block` tokens that begin at
    `first`, `first + block`, ..., `blocks` of them or as many as begin before `length`.
    What it is for is `attn.invert_lists`:

    ```
      bounds[base + first + i * block, head] = [begin(i), end(i)), or 0 where keys = 0
      bounds of the other tokens of the blocks = 0
      begin(i) = base * n + how often the lists name blocks of the run below block i
      end(i) = begin(i) + how many tokens list block i
      entries of head, begin(i) .. end(i) - 1:         these tokens less base, ascending
                       end(i) .. begin(i + 1) - 1:     -1
                       behind the run's last block, up to (base + length) * n: -1
    ```

    Element p of a head is number `head * T * n + p` of entries in row-major order, which
    have T rows. So programs whose blocks are all those of a run write each element of its
    bounds and entries once, and all of them read all of the run's lists.

    Blocks are of the same rows as lists, but where `blocks_of` gives a first row and a
    number of rows: then these are in the place of `base` and `length` in what says where
    bounds are and how many blocks there are.

    `by` says how many tokens' lists are read at once: what computes 32 of them is a warp
    of a GPU.

    Constraints: `invert_lists_c1` lists and entries have one type; `invert_lists_c2`
    bounds have 2 columns and the heads of lists; `invert_lists_c3` heads and n are
    static; `invert_lists_c4` blocks, block and by are 1 to 2^31 - 1; `invert_lists_c5`
    blocks_of are two numbers.

    Example:
    ```mlir
    tile.invert_lists %lists into %bounds, %entries at %base, %head of %length keys %keys
        from %first blocks 32 of 64 by 512
        : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
    tile.invert_lists %lists into %bounds, %entries at %base, %head of %queries keys %owned
        blocks_of %row, %rows from %first blocks 32 of 64 by 512
        : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
    ```
  }];
  // invert_lists_c4
  let arguments = (ins Arg<Tile_ListsView, "", [MemRead]>:$lists,
                       Arg<Tile_ListsView, "", [MemWrite]>:$bounds,
                       Arg<Tile_ListsView, "", [MemWrite]>:$entries, Index:$base,
                       Index:$head, Index:$length, Index:$keys,
                       Variadic<Index>:$blockRows, Index:$first,
                       Tile_Count:$blocks, Tile_Count:$block, Tile_Count:$tokens);
  let assemblyFormat = [{
    $lists `into` $bounds `,` $entries `at` $base `,` $head `of` $length `keys` $keys
    (`blocks_of` $blockRows^)? `from` $first `blocks` $blocks `of` $block `by` $tokens attr-dict `:` type($lists) `,`
    type($bounds) `,` type($entries)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The first row of the run of the blocks, and how many it has.
    ::mlir::Value getBlocksBase() {
      return getBlockRows().empty() ? ::mlir::Value(getBase()) : getBlockRows()[0];
    }
    ::mlir::Value getBlocksLength() {
      return getBlockRows().empty() ? ::mlir::Value(getLength()) : getBlockRows()[1];
    }
  }];
}

#endif // FOVEA_TILE_LISTS_TD
