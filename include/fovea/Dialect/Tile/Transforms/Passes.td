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

def FillBranchesPass : Pass<"tile-fill-branches", "::fovea::tile::KernelOp"> {
  let summary = "Compute masked and unmasked weights, and their sums, each in one piece";
  let description = [{
    Weights that are summed over the rows of a token, as block scores are, go through a
    branch: where a visit needs an element mask, they pass it. Before that branch stand
    their exponentials, behind it the sums. This pass computes both in each of its
    regions, so that a machine's scheduler has them in one piece: exponentials take
    special units eight cycles each, and the sums' additions and shuffles fit in between.
    Every bit of the result is the same: the region with the mask hides exponents instead
    of weights, and 2 to the power of minus infinity is 0. It has no operation alike with
    the other's then, which LLVM would take out of both.

    Moved are exponentials that only the branch reads, and what reads the branch's result
    alone, up to a sum over rows.

    Precondition: `tile-place`. Postcondition: the same phase.

    Before:
    ```mlir
    %p = math.exp2 %x : ...
    %v = scf.if %masked -> ... {
      %m = arith.select %visible, %p, %zero : ...
      scf.yield %m : ...
    } else {
      scf.yield %p : ...
    }
    %s = tile.reduce add %v axis 0 by 16 : ...
    ```
    After:
    ```mlir
    %s = scf.if %masked -> ... {
      %m = arith.select %visible, %x, %minus_infinity : ...
      %p = math.exp2 %m : ...
      %t = tile.reduce add %p axis 0 by 16 : ...
      scf.yield %t : ...
    } else {
      %p = math.exp2 %x : ...
      %t = tile.reduce add %p axis 0 by 16 : ...
      scf.yield %t : ...
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def OverlapProductsPass : Pass<"tile-overlap-products", "::fovea::tile::KernelOp"> {
  let summary = "Let products of one visit run beside the softmax of the next";
  let description = [{
    Where the kernel's schedule says `overlap`, each loop over a range of visits whose
    body multiplies twice, scores and then values, is rotated by half a visit: a turn of
    the loop multiplies for the scores of its own visit and the values of the one
    before. Both products are issued, and while the second runs, the scores become
    weights. The first visit's scores come before the loop, the last one's values behind
    it. The same operations run on the same numbers, so every bit of the result is that
    of the loop as it was.

    Between visits the loop carries the weights as the next product takes them, in 16
    bits, and what the load of the values needs. They are made behind the product that
    reads the ones before them. Where the schedule says `turns`, the two products are
    issued in the warpgroup's turn.

    Which loads share a ring is settled before, and written to them as `tile.ring`: the
    copies of a load share its ring.

    Precondition: `tile-place`, and no load with a `tile.ring`, which this pass writes.
    Postcondition: the same phase.

    A loop whose visits multiply more than twice, as a gradient's do, is left as it is:
    its products overlap by where tile-place-waits waits for them.

    Hazard: a schedule of `overlap` for a kernel without a loop of either kind is an
    error. A loop over listed visits that multiplies twice is left as it is, and it is an
    error if there is no other.

    Before:
    ```mlir
    %o = tile.for_visits %visits : (%block: index, ...) carry(%acc = %zero : ...) {
      %k = tile.load %keys[...] ...
      %s = tile.dot %q, %k, %none transpose_rhs : ...
      ... // the weights %p of %s
      %v = tile.load %values[...] ...
      %r = arith.truncf %p : ...
      %n = tile.dot %r, %v, %acc : ...
      tile.yield %n : ...
    }
    ```
    After:
    ```mlir
    %any = arith.cmpi slt, %begin, %end : index
    %o = scf.if %any -> ... {
      ... // the weights %p0 of the first visit
      %r0 = arith.truncf %p0 : ...
      %rest = tile.visit_range %second to %end full ...
      %l:2 = tile.for_visits %rest : (%block: index, ...) carry(%acc = %zero : ..., %r = %r0 : ...) {
        %k = tile.load %keys[...] ... {tile.ring = 1 : i64}
        tile.await_turn
        %s = tile.dot %q, %k, %none transpose_rhs : ...
        %v = tile.load %values[...] ... {tile.ring = 2 : i64}
        %n = tile.dot %r, %v, %acc : ...
        tile.pass_turn
        ... // the weights %p of %s
        %next = arith.truncf %p : ...
        tile.yield %n, %next : ...
      }
      ... // the last visit's product with values
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
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

    Where the kernel's schedule says `overlap`, the wait stands as late as it may: before
    the first operation that uses the product or makes a left-hand side in registers,
    before one with a region that multiplies or clears rows, whose own waits count from
    there, or at the end of the block; newer products may go on. Slots that the product reads
    are released behind it. The f32 tile that the next left-hand side is made of goes
    through the wait, which keeps the conversion behind it.

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
