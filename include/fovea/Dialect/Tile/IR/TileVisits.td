//===- TileVisits.td - streams of key blocks, and loops ----*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_VISITS_TD
#define FOVEA_TILE_VISITS_TD

include "fovea/Dialect/Tile/IR/TileInterfaces.td"
include "fovea/Dialect/Tile/IR/TileOps.td"

def Tile_VisitRangeOp : Tile_Op<"visit_range", [
    Pure, DeclareOpInterfaceMethods<Tile_VisitsOpInterface, ["isKnownEmpty"]>]> {
  let summary = "visit consecutive blocks";
  let description = [{
    Blocks `[begin, end)` of keys, or of queries that a tile of keys visits; those in
    `[full_begin, full_end)` need no element mask, and what they have is all of the
    sequence's.

    Example:
    ```mlir
    %v = tile.visit_range %lo to %hi full %flo to %fhi
    ```
  }];
  let arguments = (ins Index:$begin, Index:$end, Index:$fullBegin, Index:$fullEnd);
  let results = (outs Tile_VisitsType:$visits);
  let assemblyFormat = "$begin `to` $end `full` $fullBegin `to` $fullEnd attr-dict";
}

def Tile_VisitListsOp : Tile_Op<"visit_lists", [
    Pure, DeclareOpInterfaceMethods<Tile_VisitsOpInterface>]> {
  let summary = "visit the union of index lists";
  let description = [{
    Row r of `lists` names the blocks of token r, in any order; -1 and numbers that
    are no block of `[begin, end)` after the split are left out. The union is visited
    in ascending order, once per block, with a token mask that says who listed it.
    Each listed block counts `split` key blocks: `i` stands for `i*split ..
    i*split + split - 1`.

    Constraints: `visit_lists_c1` 1 <= split < 2^31.

    Example:
    ```mlir
    %v = tile.visit_lists %lists from %lo to %hi full %flo to %fhi split 1 : tensor<8x16xi32>
    ```
  }];
  // visit_lists_c1
  let arguments = (ins Tile_I32Matrix:$lists, Index:$begin, Index:$end,
                       Index:$fullBegin, Index:$fullEnd,
                       Tile_Count:$split);
  let results = (outs Tile_VisitsType:$visits);
  let assemblyFormat = [{
    $lists `from` $begin `to` $end `full` $fullBegin `to` $fullEnd `split` $split
    attr-dict `:` type($lists)
  }];
}

def Tile_ForVisitsOp : Tile_Op<"for_visits", [
    SingleBlockImplicitTerminator<"YieldOp">, AllTypesMatch<["inits", "results"]>,
    RecursiveMemoryEffects, AutomaticAllocationScope]> {
  let summary = "a loop over visits";
  let description = [{
    Runs the body for each visit, in order, carrying values. Body arguments: the key
    block (index), the token mask (`tensor<tokens x i1>`; all true for a range), the
    element-mask flag (i1: some row does not see some key of the block), then the
    carried values.

    `heads` is how many rows a token has in the tiles that the loop computes, 1 where it
    is not written: who holds none of the rows of a visit's tokens may pass it by.

    Constraints: `for_visits_c1` the body's arguments are those above, 1 to 2^24 tokens;
    `for_visits_c2` the yield has the carried types; `for_visits_c3` the token mask has
    as many elements as the visits tell tokens apart; `for_visits_c4` 1 <= heads < 2^31;
    `for_visits_c5` where the visits tell tokens apart, carried tiles have `heads` rows
    for each.

    Example:
    ```mlir
    %sum = tile.for_visits %v heads 16 : (%block: index, %tokens: tensor<8xi1>, %masked: i1)
        carry(%acc = %init : tensor<128x128xf32>) {
      tile.yield %acc : tensor<128x128xf32>
    }
    ```
  }];
  // for_visits_c4
  let arguments = (ins Tile_VisitsType:$visits, Variadic<AnyType>:$inits,
                       DefaultValuedAttr<Tile_Count, "1">:$heads);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    // Of logical tiles, `tokens` of them; of the token mask's type, placed or not.
    OpBuilder<(ins "::mlir::Value":$visits, "int64_t":$tokens, "int64_t":$heads,
                   "::mlir::ValueRange":$inits)>,
    OpBuilder<(ins "::mlir::Value":$visits, "::mlir::Type":$tokenMask,
                   "int64_t":$heads, "::mlir::ValueRange":$inits)>];
  let extraClassDeclaration = [{
    /// What makes the visits; null where that is no operation of VisitsOpInterface.
    VisitsOpInterface getProducer();
    /// Whether every visit is of all tokens, so that the token mask is all true.
    bool visitsAllTokens();
    /// Whether the visits are looked for in tiles, so that only who holds these can run
    /// the loop by itself.
    bool isSearched();
    ::mlir::BlockArgument getBlockNumber() { return getBody().getArgument(0); }
    ::mlir::BlockArgument getTokenMask() { return getBody().getArgument(1); }
    ::mlir::BlockArgument getNeedsMask() { return getBody().getArgument(2); }
    ::mlir::Block::BlockArgListType getCarried() {
      return getBody().getArguments().drop_front(3);
    }
  }];
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, Terminator,
    ParentOneOf<["ForVisitsOp", "ForProgramsOp"]>]> {
  let summary = "ends a visit, or a program";
  let arguments = (ins Variadic<AnyType>:$values);
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

#endif // FOVEA_TILE_VISITS_TD
