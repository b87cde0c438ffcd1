// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!slot = tensor<32x64xbf16, #tile.shared<swizzle = 128>>
!numbers = tensor<2xi32, #tile.lane_columns<warps = 4>>
!values = tensor<32xf32, #tile.lane_columns<warps = 4>>
!sums = tensor<64x32xf32, #tile.fragment<warps = 4>>

// Both sides load the numbers of rows, each lane one of them. The producer's lanes give them to the one that asks for a
// copy of each row's heads, a box to every 2 kB of the slot, from one map of one row. A consumer's lane gets the number of
// the row that its value is of, and columns of the fragment get their values from the lanes that hold them.
// CHECK-LABEL: llvm.func @gather
// CHECK:         simt.shuffle index
// CHECK:         %[[ROW0:.+]] = simt.shuffle index %[[NUMBERS:.+]], %c0_i32 : i32
// CHECK:         %[[ROW1:.+]] = simt.shuffle index %[[NUMBERS]], %c1_i32 : i32
// CHECK:         simt.barrier_expect %[[FULL:.+]] bytes 4096
// CHECK:         simt.tma_load %[[SLOT:.+]], %[[MAP:.+]][%c0_i32, %c0_i32, %[[ROW0]]] barrier %[[FULL]]
// CHECK:         %[[HALF:.+]] = llvm.getelementptr %[[SLOT]][2048]
// CHECK:         simt.tma_load %[[HALF]], %[[MAP]][%c0_i32, %c0_i32, %[[ROW1]]] barrier %[[FULL]]
// CHECK:       } else {
// CHECK:         %[[MINE:.+]] = simt.shuffle index %{{.+}}, %{{.+}} : i32
// CHECK:         arith.index_cast %[[MINE]]
// CHECK-COUNT-8: simt.shuffle index %{{.+}}, %{{.+}} : f32
tile.kernel @gather(%x: memref<?x16x64xbf16>, %stats: memref<?x16xf32>, %list: memref<?xi32>, %out: memref<?x32xf32>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x !slot>
  tile.specialize producer {
    %rows = tile.load %list[%c0] sizes [2] : memref<?xi32> -> !numbers
    tile.put %ring at %n, %x[%c0, %c0, %c0] rows %rows sizes [2, 16, 64] : !tile.ring<3 x !slot>, memref<?x16x64xbf16>, !numbers
  } consumers 4 {
    %rows = tile.load %list[%c0] sizes [2] : memref<?xi32> -> !numbers
    %k = tile.get %ring at %n : !tile.ring<3 x !slot>
    tile.release %ring at %n : !tile.ring<3 x !slot>
    %values = tile.load %stats[%c0, %c0] rows %rows sizes [2, 16] : memref<?x16xf32>, !numbers -> !values
    %spread = tile.broadcast %values axis 0 : !values -> !sums
    tile.store %spread, %out[%c0, %c0] sizes [64, 32] : !sums, memref<?x32xf32>
  }
  tile.return
}

// Of pages one copy each, of the rows that are asked for, from the column that is.
// CHECK-LABEL: llvm.func @pages
// CHECK:         simt.shuffle index
// CHECK:         %[[PAGE0:.+]] = simt.shuffle index %[[NUMBERS:.+]], %c0_i32 : i32
// CHECK:         %[[PAGE1:.+]] = simt.shuffle index %[[NUMBERS]], %c1_i32 : i32
// CHECK:         simt.tma_load %[[SLOT:.+]], %[[MAP:.+]][%c64_i32, %c0_i32, %c0_i32, %[[PAGE0]]] barrier
// CHECK:         %[[HALF:.+]] = llvm.getelementptr %[[SLOT]][2048]
// CHECK:         simt.tma_load %[[HALF]], %[[MAP]][%c64_i32, %c0_i32, %c0_i32, %[[PAGE1]]] barrier
tile.kernel @pages(%cache: memref<?x2x16x128xbf16>, %table: memref<?xi32>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %ring = tile.make_ring : !tile.ring<3 x !slot>
  tile.specialize producer {
    %pages = tile.load %table[%c0] sizes [2] : memref<?xi32> -> !numbers
    tile.put %ring at %n, %cache[%c0, %c0, %c0, %c64] rows %pages sizes [2, 1, 16, 64] : !tile.ring<3 x !slot>, memref<?x2x16x128xbf16>, !numbers
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<3 x !slot>
    tile.release %ring at %n : !tile.ring<3 x !slot>
  }
  tile.return
}
