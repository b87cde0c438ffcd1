//===- Passes.td - passes that place tiles -----------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_PASSES_TD
#define FOVEA_TILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def PlacePass : Pass<"tile-place", "::fovea::tile::KernelOp"> {
  let summary = "Give every tile of a kernel its place: registers or shared memory";
  let description = [{
    From the logical to the placed phase, first step. What a dot computes is a fragment,
    and so is everything elementwise that meets it; its right-hand side lies in shared
    memory, and so does a left-hand side that comes straight from a view. Scores per
    token and their top-k are in lanes. Constants and positions are repeated for each
    place that reads them.

    A left-hand side that is computed in f32 is rounded to the type of the right-hand
    side just before the dot, for matrix instructions take 16-bit operands. That is the
    only change of precision.

    Precondition: a logical kernel. Postcondition: every tile has an encoding; no
    operation mixes two.

    Before:
    ```mlir
    %s = tile.dot %q, %k, %z transpose_rhs
        : tensor<64x128xbf16>, tensor<64x128xbf16> -> tensor<64x64xf32>
    ```
    After:
    ```mlir
    %s = tile.dot %q, %k, %z transpose_rhs
        : tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
          tensor<64x128xbf16, #tile.shared<swizzle = 128>>
          -> tensor<64x64xf32, #tile.fragment<warps = 4>>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def SpecializePass : Pass<"tile-specialize", "::fovea::tile::KernelOp"> {
  let summary = "Split a kernel into a producer and consumers that meet in rings";
  let description = [{
    The producer keeps the kernel's control flow and, in place of each load into shared
    memory, a `tile.put`; the consumers keep everything else, with a `tile.get` and a
    `tile.release` after the last use. Loads of one shape at the same place of their
    loops share a ring. The kernel's schedule says how many slots a ring has that is
    filled in a loop (`stages`), the others (`outer_stages`), and one of visits
    (`visit_slots`), and in which order both sides run all programs of their block. They
    do so in one loop: the producer is at the next program's tiles while the consumers
    finish this one's.

    Index lists are merged by the producer, which posts each visit; a consumer warpgroup
    none of whose tokens listed a block passes it by.

    Rows past a load's count are cleared before they are used as a right-hand side.

    Precondition: `tile-place`. Postcondition: one `tile.specialize`; no `tile.load` into
    shared memory, no `tile.program_id`.

    Before:
    ```mlir
    tile.for_visits %visits : ... {
      %k = tile.load %view[...] sizes [64, 1, 128] count %left
          : memref<?x4x128xbf16> -> tensor<64x128xbf16, #tile.shared<swizzle = 128>>
      %s = tile.dot %q, %k, %z transpose_rhs : ...
    ```
    After:
    ```mlir
    tile.specialize producer {
      tile.for_visits %visits : ... {
        tile.put %ring at %n, %view[...] sizes [64, 1, 128] : ...
    } consumers 4 {
      tile.for_visits %visits : ... {
        %k = tile.get %ring at %n : ...
        tile.clear_rows %k from %left : ...
        %s = tile.dot %q, %k, %z transpose_rhs : ...
        tile.release %ring at %n : ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def PlaceWaitsPass : Pass<"tile-place-waits", "::fovea::tile::KernelOp"> {
  let summary = "Issue matrix products and wait for them";
  let description = [{
    Each `tile.dot` becomes a `tile.issue_dot` and, right behind it, its `tile.wait`. The
    conversion of a computed left-hand side stands before its own product and after
    every earlier wait, so no register of a running product is written.

    Precondition: `tile-specialize`. Postcondition: no `tile.dot`.

    Before: `%s = tile.dot %q, %k, %z transpose_rhs : ...`
    After:
    ```mlir
    %p = tile.issue_dot %q, %k, %z transpose_rhs : ...
    %s = tile.wait %p newer 0 : ...
    ```
  }];
}

#endif // FOVEA_TILE_PASSES_TD
