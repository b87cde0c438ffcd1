//===- TilePlacedOps.td - what the placed phase adds -------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_PLACED_OPS_TD
#define FOVEA_TILE_PLACED_OPS_TD

include "fovea/Dialect/Tile/IR/TilePlacement.td"
include "fovea/Dialect/Tile/IR/TileOps.td"
include "fovea/Dialect/Tile/IR/TileSchedule.td"

//===----------------------------------------------------------------------===//
// Roles and programs
//===----------------------------------------------------------------------===//

def Tile_SpecializeOp : Tile_Op<"specialize", [
    ParentOneOf<["KernelOp"]>, RecursiveMemoryEffects, SingleBlock, NoTerminator]> {
  let summary = "the roles of a block's warps";
  let description = [{
    The producer region runs in one warp, which fills the rings; the consumer region
    in `warps` warps, which compute. They meet only in rings. Without a producer
    region's content no warp is spent on it.

    Constraints: `specialize_c1` 1 to 32 warps; `specialize_c2` the producer puts and posts,
    the consumers get, take and release, and not the other way round; `specialize_c3`
    every ring that one side touches the other touches too; `specialize_c4` a tile in
    shared memory is what a `tile.get` gives, and no region or operation passes it on;
    `specialize_c5` the numbers of a ring count, on each side, its puts, posts, gets or
    takes from 0, on every path; `specialize_c6` both sides put and get in one order,
    under the same loops and conditions, and post and take as often.

    Example:
    ```mlir
    %n = arith.constant 0 : i32
    tile.specialize producer {
      tile.put %ring at %n, %view[%row, %head, %c0] sizes [64, 1, 128]
          : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>, memref<?x4x128xbf16>
    } consumers 8 {
      %k = tile.get %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
      tile.release %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
    }
    ```
  }];
  // specialize_c1
  let arguments = (ins ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<32>]>:$warps);
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumers);
  let assemblyFormat = "`producer` $producer `consumers` $warps $consumers attr-dict";
  let hasRegionVerifier = 1;
}

def Tile_ForProgramsOp : Tile_Op<"for_programs", [
    SingleBlockImplicitTerminator<"YieldOp">, AllTypesMatch<["inits", "results"]>,
    RecursiveMemoryEffects]> {
  let summary = "this block's programs of the launch";
  let description = [{
    A launch of p0 x p1 programs runs on any number of blocks. In each round every block
    takes one, the first block first in even rounds and last in odd ones, of the
    programs in the given order: `last_tile_first` runs axis 0 slowest
    and from its end, and axis 1 (the heads) fastest, so that under a causal mask the
    longest come first; `first_tile_first` the same from its beginning, where tiles of
    keys have their longest; `head_by_head` runs axis 0 fastest, so that one head's keys
    stay in the cache. Body arguments: the program's place on each axis of the grid, then the carried
    values.

    Constraints: `for_programs_c1` the body's arguments are those; `for_programs_c2` the
    yield has the carried types.

    Example:
    ```mlir
    %n = tile.for_programs head_by_head : (%tile: index, %head: index)
        carry(%i = %zero : i32) {
      tile.yield %i : i32
    }
    ```
  }];
  let arguments = (ins Tile_ProgramOrder:$order, Variadic<AnyType>:$inits);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::fovea::tile::ProgramOrder":$order,
                                 "::mlir::ValueRange":$inits)>];
  let extraClassDeclaration = [{
    ::mlir::BlockArgument getPlace(unsigned axis) { return getBody().getArgument(axis); }
    /// The axes of the grid in this order, the fastest first.
    ::llvm::SmallVector<unsigned> getAxes();
    /// Whether the order runs `axis` from its end.
    bool runsBackwards(unsigned axis) {
      return axis == 0 && getOrder() == ProgramOrder::LastTileFirst;
    }
    ::mlir::Block::BlockArgListType getCarried() {
      return getBody().getArguments().drop_front(::fovea::kGridRank);
    }
  }];
}

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

def Tile_MakeRingOp : Tile_Op<"make_ring", [HasParent<"KernelOp">]> {
  let summary = "a ring of this block's shared memory";
  let description = [{
    Example: `%r = tile.make_ring : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>`.
  }];
  let results = (outs AnyTypeOf<[Tile_RingType, Tile_VisitRingType]>:$ring);
  let assemblyFormat = "attr-dict `:` type($ring)";
}

def Tile_PutOp : Tile_Op<"put", [AttrSizedOperandSegments]> {
  let summary = "copy a box of a view into a ring";
  let description = [{
    Waits until slot `n % stages` is free, then starts the copy and goes on. Rows past
    the view's end arrive as zeros; rows of another sequence arrive as they are, see
    `tile.clear_rows`. With `rows` the first dim is gathered, as `tile.load` does it: of
    an index that may be anything, rows of the view or zeros arrive. Of values, which no
    product reads, indices of the first dim from `count` on, and of the second from
    `within` on, arrive as zeros.

    Constraints: `put_c1` as many offsets and sizes as the view has dims, at least 1;
    `put_c2` the box has the slot's shape; `put_c3` one element type; `put_c4` every
    size is at least 1, and of a chunk's box at most 256; `put_c5` of a matrix, a last
    offset that is a constant is a multiple of 16 bytes: the copy engine takes no other
    (one that is no constant is not lowered); `put_c6` there is one of `rows` for each index of the first size; `put_c7`
    `count` and `within` come with a slot of values, the latter of 1 to the second size.

    Example:
    ```mlir
    tile.put %ring at %n, %view[%row, %head, %c0] sizes [64, 1, 128]
        : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>, memref<?x4x128xbf16>
    tile.put %numbers at %n, %lse[%row, %head] sizes [4, 16] count %count
        : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>, memref<?x64xf32>
    ```
  }];
  let arguments = (ins Arg<Tile_RingType, "", [MemWrite]>:$ring, I32:$number,
                       Arg<AnyMemRef, "", [MemRead]>:$view, Variadic<Index>:$offsets,
                       Optional<Tile_Positions>:$rows, DenseI64ArrayAttr:$sizes,
                       OptionalAttr<I64Attr>:$within, Optional<Index>:$count);
  let assemblyFormat = [{
    $ring `at` $number `,` $view `[` $offsets `]` (`rows` $rows^)? `sizes` $sizes
    (`within` $within^)? (`count` $count^)? attr-dict `:` type($ring) `,` type($view) (`,` type($rows)^)?
  }];
  let hasVerifier = 1;
}

def Tile_GetOp : Tile_Op<"get", [
    TypesMatchWith<"the slot's type", "ring", "tile",
                   "::llvm::cast<RingType>($_self).getSlot()">]> {
  let summary = "wait for a tile of a ring";
  let description = [{
    Waits until tile n has arrived. The result is the slot itself: it may be read until
    `tile.release` of the same number.

    Constraints: `get_c1` every get is followed, in its block, by one release of its ring
    and number, after the last read of the tile; `get_c2` no more tiles of a ring are
    held at once than it has stages.

    Example:
    ```mlir
    %k = tile.get %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
    ```
  }];
  let arguments = (ins Arg<Tile_RingType, "", [MemRead, MemWrite]>:$ring, I32:$number);
  let results = (outs Tile_Tile:$tile);
  let assemblyFormat = "$ring `at` $number attr-dict `:` type($ring)";
  let hasVerifier = 1;
}

def Tile_ReleaseOp : Tile_Op<"release"> {
  let summary = "give a slot of a ring back";
  let description = [{
    Every consumer warp says that it has read tile n for the last time.

    Constraints: `release_c1` it follows, in its block, a get of its ring and number.

    Example:
    ```mlir
    tile.release %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
    ```
  }];
  let arguments = (ins Arg<Tile_RingType, "", [MemRead, MemWrite]>:$ring, I32:$number);
  let assemblyFormat = "$ring `at` $number attr-dict `:` type($ring)";
  let hasVerifier = 1;
}

def Tile_ClearRowsOp : Tile_Op<"clear_rows"> {
  let summary = "rows past a count become zero, in shared memory";
  let description = [{
    Rows `count` (signed; may be <= 0 or past the end) and later of a tile in shared
    memory are overwritten with zeros before a matrix instruction reads them: a
    probability of 0 times a NaN of another sequence must not become NaN.

    Constraints: `clear_rows_c1` the tile is in shared memory; `clear_rows_c2` no product
    that reads it runs: it does not stand between such a `tile.issue_dot` and its wait.

    Example:
    ```mlir
    tile.clear_rows %v from %count : tensor<64x128xbf16, #tile.shared<swizzle = 128>>
    ```
  }];
  let arguments = (ins Arg<Tile_Tile, "", [MemRead, MemWrite]>:$tile, Index:$count);
  let assemblyFormat = "$tile `from` $count attr-dict `:` type($tile)";
  let hasVerifier = 1;
}

def Tile_ReadOp : Tile_Op<"read", [
    AllShapesMatch<["values", "result"]>, AllElementTypesMatch<["values", "result"]>]> {
  let summary = "values in shared memory, as the columns of a fragment hold them";
  let description = [{
    Each lane reads those of its own columns.

    Constraints: `read_c1` from `#tile.shared_values` to `#tile.fragment_columns`.

    Example:
    ```mlir
    %v = tile.read %slot : tensor<64xf32, #tile.shared_values> -> tensor<64xf32, #tile.fragment_columns<warps = 4>>
    ```
  }];
  let arguments = (ins Arg<Tile_Rows, "", [MemRead]>:$values);
  let results = (outs Tile_Rows:$result);
  let assemblyFormat = "$values attr-dict `:` type($values) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_PostOp : Tile_Op<"post", [AttrSizedOperandSegments]> {
  let summary = "tell the consumers of a visit";
  let description = [{
    Waits until slot `n % stages` is free and writes the visit there. Without a block it
    is the end of the stream.

    Constraints: `post_c1` the mask is of the ring's tokens; `post_c2` block, tokens and
    masked together or not at all.

    Example:
    ```mlir
    tile.post %visits at %n visit %block, %tokens, %masked
        : !tile.visit_ring<4 x 12>, tensor<12xi1, #tile.bits>
    tile.post %visits at %n : !tile.visit_ring<4 x 12>
    ```
  }];
  let arguments = (ins Arg<Tile_VisitRingType, "", [MemWrite]>:$ring, I32:$number,
                       Optional<Index>:$keyBlock, Optional<Tile_Rows>:$tokens,
                       Optional<I1>:$masked);
  let assemblyFormat = [{
    $ring `at` $number (`visit` $keyBlock^ `,` $tokens `,` $masked)? attr-dict
    `:` type($ring) (`,` type($tokens)^)?
  }];
  let hasVerifier = 1;
}

def Tile_TakeOp : Tile_Op<"take"> {
  let summary = "wait for the next visit";
  let description = [{
    Waits for visit n, reads it and gives the slot back. `more` is false at the end of
    the stream, and the other results mean nothing then.

    Constraints: `take_c1` the mask is of the ring's tokens.

    Example:
    ```mlir
    %more, %block, %tokens, %masked = tile.take %visits at %n
        : !tile.visit_ring<4 x 12> -> tensor<12xi1, #tile.bits>
    ```
  }];
  let arguments = (ins Arg<Tile_VisitRingType, "", [MemRead, MemWrite]>:$ring, I32:$number);
  let results = (outs I1:$more, Index:$keyBlock, Tile_Rows:$tokens, I1:$masked);
  let assemblyFormat = "$ring `at` $number attr-dict `:` type($ring) `->` type($tokens)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Asynchronous products
//===----------------------------------------------------------------------===//

def Tile_IssueDotOp : Tile_Op<"issue_dot", [
    TypesMatchWith<"a pending tile of acc's type", "acc", "pending",
                   "PendingType::get($_ctxt, ::llvm::cast<::mlir::RankedTensorType>($_self))">]> {
  let summary = "start a matrix product";
  let description = [{
    As `tile.dot`, but goes on at once. `rhs`, and `lhs` where it is in shared memory,
    must stay as they are until the `tile.wait`.

    Constraints: `issue_dot_c1` inner and outer dims agree as in `tile.dot`; `issue_dot_c2`
    rhs is in shared memory, lhs in shared memory or a fragment of 16-bit elements, acc a
    fragment; `issue_dot_c3` the result is waited for once; `issue_dot_c4` the wait is in
    its block, so that no path goes round it; `issue_dot_c5` up to the wait of a product
    whose lhs is in registers, no other fragment of 16-bit elements is made: ptxas gives
    it the same registers, and then lets one product end before the next begins (C7513).

    Example:
    ```mlir
    %p = tile.issue_dot %q, %k, %zero transpose_rhs
        : tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
          tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
          tensor<64x64xf32, #tile.fragment<warps = 4>>
    ```
  }];
  let arguments = (ins Tile_Matrix:$lhs, Tile_Matrix:$rhs, Tile_F32Matrix:$acc,
                       UnitAttr:$transposeRhs);
  let results = (outs Tile_PendingType:$pending);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` $acc (`transpose_rhs` $transposeRhs^)? attr-dict
    `:` type($lhs) `,` type($rhs) `,` type($acc)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Its wait; null where issue_dot_c3 does not hold.
    WaitOp getWait();
  }];
}

def Tile_WaitOp : Tile_Op<"wait", [
    TypesMatchWith<"the pending tile", "pending", "tile",
                   "::llvm::cast<PendingType>($_self).getTile()">,
    AllTypesMatch<["through", "passed"]>]> {
  let summary = "wait for a matrix product";
  let description = [{
    Products end in the order in which they were issued; `newer` of those issued after
    this one may still run.

    Tiles that it takes `through` come out as they are. What is made of its results is
    made after the wait, whatever order later compilers find for operations that do not
    depend on one another: so the next left-hand side stays out of the registers of the
    one that is being read.

    Constraints: `wait_c1` newer >= 0; `wait_c2` it waits for a `tile.issue_dot`, and at
    least `newer` others stand between the two: else its own product may still run;
    `wait_c3` what is taken through is a fragment of f32.

    Example:
    ```mlir
    %u, %x = tile.wait %o newer 0 through %w
        : !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>,
          tensor<64x64xf32, #tile.fragment<warps = 4>>
    ```
  }];
  let arguments = (ins Tile_PendingType:$pending, Variadic<Tile_Tile>:$through,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$newer); // wait_c1
  let results = (outs Tile_Tile:$tile, Variadic<Tile_Tile>:$passed);
  let assemblyFormat = [{
    $pending `newer` $newer (`through` $through^)? attr-dict
    `:` type($pending) (`,` type($through)^)?
  }];
  let hasVerifier = 1;
}

def Tile_AwaitTurnOp : Tile_Op<"await_turn"> {
  let summary = "wait until it is this warpgroup's turn";
  let description = [{
    Turns go round the warpgroups of a block, the first one's first, by
    `tile.pass_turn`. Who issues its products in its turn has the matrix unit to itself
    while others are at their softmax, and these have theirs meanwhile.

    Constraints: `turn_c1` the next operation of its block on turns is a
    `tile.pass_turn`, and a turn is awaited before it is passed; `turn_c2` it is in no
    loop or branch that warpgroups take differently: those of listed visits; `turn_c3`
    it is the consumers', of whole warpgroups, 7 at most: a block has 16 named barriers.

    Example: `tile.await_turn`.
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Tile_PassTurnOp : Tile_Op<"pass_turn"> {
  let summary = "hand the turn to the next warpgroup";
  let description = [{
    See `tile.await_turn`, and for its constraints.

    Example: `tile.pass_turn`.
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

#endif // FOVEA_TILE_PLACED_OPS_TD
