// RUN: fovea-opt %s | FileCheck %s

// What the two sides may write differently and still do alike.

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!ring = !tile.ring<2 x !half>
!visits = !tile.visit_ring<4 x 12>
!bits = tensor<12xi1, #tile.bits>

// Both branches of the consumers get; a condition of the producer is nested in another one
// of the consumers'; bounds are computed twice; tiles got under one condition are two `if`.
// CHECK-LABEL: tile.kernel @conditions
// CHECK:         tile.specialize
tile.kernel @conditions(%x: memref<?x64xbf16>, %i: index, %a: i1, %b: i1, %some: i1, %many: index) {
  %n = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    %end = arith.addi %many, %c1 : index
    %loop = scf.for %j = %c0 to %end step %c1 iter_args(%k = %n) -> i32 {
      tile.put %ring at %k, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
      %next = arith.addi %k, %one : i32
      scf.yield %next : i32
    }
    %both = arith.andi %a, %b : i1
    scf.if %both {
      tile.put %ring at %loop, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
    }
  } consumers 4 {
    %end = arith.addi %many, %c1 : index
    %loop = scf.for %j = %c0 to %end step %c1 iter_args(%k = %n) -> i32 {
      %next = scf.if %some -> i32 {
        %tile = tile.get %ring at %k : !ring
        tile.release %ring at %k : !ring
        %m = arith.addi %k, %one : i32
        scf.yield %m : i32
      } else {
        %tile = tile.get %ring at %k : !ring
        tile.release %ring at %k : !ring
        %m = arith.addi %k, %one : i32
        scf.yield %m : i32
      }
      scf.yield %next : i32
    }
    scf.if %a {
      scf.if %b {
        %tile = tile.get %ring at %loop : !ring
        tile.release %ring at %loop : !ring
      }
    }
  }
  tile.return
}

// A stream of visits, each taken before the last one's tile is got.
// CHECK-LABEL: tile.kernel @stream
// CHECK:         tile.specialize
tile.kernel @stream(%x: memref<?x64xbf16>, %lists: memref<?x16xi32>, %i: index, %end: index) {
  %n = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !ring
  %visits = tile.make_ring : !visits
  tile.specialize producer {
    %l = tile.load %lists[%c0, %c0] sizes [12, 16] : memref<?x16xi32> -> tensor<12x16xi32, #tile.flat>
    %v = tile.visit_lists %l from %c0 to %end full %c0 to %c0 split 1 : tensor<12x16xi32, #tile.flat>
    %last = tile.for_visits %v : (%block: index, %tokens: !bits, %masked: i1) carry(%k = %n : i32) {
      tile.post %visits at %k visit %block, %tokens, %masked : !visits, !bits
      tile.put %ring at %k, %x[%block, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
      %next = arith.addi %k, %one : i32
      tile.yield %next : i32
    }
    tile.post %visits at %last : !visits
  } consumers 4 {
    %more, %block, %tokens, %masked = tile.take %visits at %n : !visits -> !bits
    scf.while (%m = %more, %k = %n, %t = %one) : (i1, i32, i32) -> (i32, i32) {
      scf.condition(%m) %k, %t : i32, i32
    } do {
    ^bb0(%k: i32, %t: i32):
      %m, %b, %to, %ma = tile.take %visits at %t : !visits -> !bits
      %tile = tile.get %ring at %k : !ring
      tile.release %ring at %k : !ring
      %next = arith.addi %k, %one : i32
      %then = arith.addi %t, %one : i32
      scf.yield %m, %next, %then : i1, i32, i32
    }
  }
  tile.return
}
