// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!sums = tensor<64x8xf32, #tile.fragment<warps = 4>>

// A range is a plain loop; a block outside of the full ones needs its mask.
// CHECK-LABEL: llvm.func @range
// CHECK:     scf.for %[[BLOCK:.+]] = %c0 to %[[END:.+]] step %c1
// CHECK-DAG:   arith.cmpi slt, %[[BLOCK]],
// CHECK-DAG:   arith.cmpi sge, %[[BLOCK]],
tile.kernel @range(%x: memref<?x8xf32>, %end: index, %full: index, %full_end: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  %one = arith.constant dense<1.0> : !sums
  tile.specialize producer {
  } consumers 4 {
    %v = tile.visit_range %c0 to %end full %full to %full_end
    %sum = tile.for_visits %v : (%block: index, %tokens: tensor<1xi1, #tile.bits>, %masked: i1)
        carry(%acc = %zero : !sums) {
      %next = scf.if %masked -> !sums {
        %more = arith.addf %acc, %one : !sums
        scf.yield %more : !sums
      } else {
        scf.yield %acc : !sums
      }
      tile.yield %next : !sums
    }
    tile.store %sum, %x[%c0, %c0] sizes [64, 8] : !sums, memref<?x8xf32>
  }
  tile.return
}

// The producer merges lists: the least entry above the last one and who listed it, until
// there is none.
// CHECK-LABEL: llvm.func @lists
// CHECK:     scf.while
// CHECK:       scf.condition
// CHECK-DAG:   simt.warp_reduce min_unsigned
// CHECK-DAG:   simt.warp_reduce or
// CHECK-DAG:   scf.for
// CHECK:         simt.barrier_arrive
tile.kernel @lists(%lists: memref<?x16xi32>, %end: index) {
  %n = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %visits = tile.make_ring : !tile.visit_ring<8 x 4>
  tile.specialize producer {
    %l = tile.load %lists[%c0, %c0] sizes [4, 16] : memref<?x16xi32> -> tensor<4x16xi32, #tile.flat>
    %v = tile.visit_lists %l from %c0 to %end full %c0 to %c0 split 1 : tensor<4x16xi32, #tile.flat>
    %last = tile.for_visits %v : (%block: index, %tokens: tensor<4xi1, #tile.bits>, %masked: i1)
        carry(%k = %n : i32) {
      tile.post %visits at %k visit %block, %tokens, %masked : !tile.visit_ring<8 x 4>, tensor<4xi1, #tile.bits>
      %next = arith.addi %k, %one : i32
      tile.yield %next : i32
    }
    tile.post %visits at %last : !tile.visit_ring<8 x 4>
  } consumers 4 {
    %first, %b, %tokens, %m = tile.take %visits at %n : !tile.visit_ring<8 x 4> -> tensor<4xi1, #tile.bits>
    scf.while (%more = %first, %k = %one) : (i1, i32) -> i32 {
      scf.condition(%more) %k : i32
    } do {
    ^bb0(%k: i32):
      %more, %nb, %nt, %nm = tile.take %visits at %k : !tile.visit_ring<8 x 4> -> tensor<4xi1, #tile.bits>
      %next = arith.addi %k, %one : i32
      scf.yield %more, %next : i1, i32
    }
  }
  tile.return
}

// A binary search over offsets in [0, tokens], whatever they are: it ends, and the rows
// that it gives exist.
// CHECK-LABEL: llvm.func @locate
// CHECK:     %[[TOKENS:.+]] = arith.index_cast %arg5 : i64 to index
// CHECK:     scf.while (%{{.+}} = %c0, %{{.+}} = %c0, %{{.+}} = %{{.+}}, %{{.+}} = %[[TOKENS]])
// CHECK:       scf.condition
// CHECK:       llvm.load %{{.+}} : !llvm.ptr<1> -> i32
// CHECK:       %[[AT_LEAST_0:.+]] = arith.maxsi
// CHECK:       arith.minsi %[[AT_LEAST_0]], %[[TOKENS]]
tile.kernel @locate(%cu: memref<?xi32>, %x: memref<?x8xf32>, %tile: index, %tokens: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  tile.specialize producer {
  } consumers 4 {
    %sequence, %base, %length, %first, %keys = tile.locate %tile in %cu of %tokens step 8 : memref<?xi32>
    tile.store %zero, %x[%base, %c0] sizes [64, 8] : !sums, memref<?x8xf32>
  }
  tile.return
}

// A sequence by its number: both ends are read where there is such a one.
// CHECK-LABEL: llvm.func @sequence
// CHECK:     %[[IS_ONE:.+]] = arith.andi %{{.+}}, %{{.+}} : i1
// CHECK:     scf.if %[[IS_ONE]] -> (index, index)
// CHECK-COUNT-3: llvm.load %{{.+}} : !llvm.ptr<1> -> i32
// CHECK:     } else {
// CHECK:       scf.yield %c0, %c0
tile.kernel @sequence(%cu: memref<?xi32>, %used: memref<?xi32>, %x: memref<?x8xf32>, %s: index, %tokens: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  tile.specialize producer {
  } consumers 4 {
    %base, %length = tile.sequence %s in %cu of %tokens lengths %used : memref<?xi32>, memref<?xi32>
    tile.store %zero, %x[%base, %c0] sizes [64, 8] count %length : !sums, memref<?x8xf32>
  }
  tile.return
}
