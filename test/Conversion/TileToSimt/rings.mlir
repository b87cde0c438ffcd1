// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!wide = tensor<64x128xbf16, #tile.shared<swizzle = 128>>
!bits = tensor<12xi1, #tile.bits>

// One thread asks for the slot's chunks of 64 columns once the slot is free; consumers wait
// for the other parity, and each warp gives the slot back. Coordinates: innermost first.
// CHECK-LABEL: llvm.func @copy
// CHECK:         simt.barrier_wait
// CHECK:         simt.barrier_expect %[[FULL:.+]] bytes 16384
// CHECK:         simt.tma_load %{{.+}}, %[[MAP:.+]][%c0_i32, %{{.+}}, %{{.+}}] barrier %[[FULL]]
// CHECK:         simt.tma_load %{{.+}}, %[[MAP]][%c64_i32, %{{.+}}, %{{.+}}] barrier %[[FULL]]
// CHECK:       } else {
// CHECK:         simt.barrier_wait %{{.+}} parity
// CHECK:         simt.barrier_arrive %{{.+}} if
tile.kernel @copy(%x: memref<?x4x128xbf16>, %row: index, %head: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x !wide>
  tile.specialize producer {
    tile.put %ring at %n, %x[%row, %head, %c0] sizes [64, 1, 128] : !tile.ring<3 x !wide>, memref<?x4x128xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<3 x !wide>
    tile.release %ring at %n : !tile.ring<3 x !wide>
  }
  tile.return
}

// Zeros are ordered before the product that reads them, for the whole warpgroup.
// CHECK-LABEL: llvm.func @clear
// CHECK:       } else {
// CHECK:         simt.barrier_wait
// CHECK:         scf.if
// CHECK:           scf.for
// CHECK:             llvm.store %{{.+}} : vector<4xi32>, !llvm.ptr<3>
// CHECK:           simt.fence_async
// CHECK:           simt.sync_named %{{.+}} threads 128
tile.kernel @clear(%x: memref<?x128xbf16>, %left: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x !wide>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 128] : !tile.ring<3 x !wide>, memref<?x128xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<3 x !wide>
    tile.clear_rows %k from %left : !wide
    tile.release %ring at %n : !tile.ring<3 x !wide>
  }
  tile.return
}

// A visit is written by one lane, and read by one that hands it round before the slot goes
// back.
// CHECK-LABEL: llvm.func @visits
// CHECK:       simt.barrier_wait
// CHECK:       llvm.store
// CHECK:       simt.barrier_arrive
// CHECK:       } else {
// CHECK:         simt.barrier_wait
// CHECK-COUNT-4: simt.shuffle index
// CHECK:         simt.barrier_arrive
tile.kernel @visits(%y: memref<?xi32>, %block: index, %mask: i64) {
  %n = arith.constant 0 : i32
  %visits = tile.make_ring : !tile.visit_ring<4 x 12>
  tile.specialize producer {
    tile.post %visits at %n : !tile.visit_ring<4 x 12>
  } consumers 4 {
    %more, %b, %tokens, %m = tile.take %visits at %n : !tile.visit_ring<4 x 12> -> !bits
    %some = tile.any_token %tokens heads 16 : !bits
  }
  tile.return
}
