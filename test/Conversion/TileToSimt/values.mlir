// Values beside matrices: lanes copy them, as many bytes at a time as rows of the view and of the box allow, and zeros in
// place of what is not there.
// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!slot = tensor<64xf32, #tile.shared_values>
!values = tensor<64xf32, #tile.fragment_columns<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>

// 16 heads of 4 tokens are 16 lanes' copies of 16 bytes. Every lane of the producer arrives, and a warp's lanes have all
// read before the first gives the slot back. A lane reads two columns at a time.
// CHECK-LABEL: llvm.func @whole
// CHECK:         simt.barrier_init %{{.+}} count 32
// CHECK:         simt.barrier_init %{{.+}} count 4
// CHECK:         simt.barrier_wait
// CHECK:         %[[IS_LANE:.+]] = arith.cmpi slt, %{{.+}}, %c16_i32
// CHECK:         scf.if %[[IS_LANE]]
// CHECK:           simt.copy_async %{{.+}}, %{{.+}} if %{{.+}} : <3>, <1>
// CHECK-NOT:       simt.copy_async
// CHECK:         simt.barrier_arrive_copies
// CHECK:         simt.copies_wait
// CHECK:       } else {
// CHECK:         simt.barrier_wait
// CHECK-COUNT-8: llvm.load %{{.+}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<2xf32>
// CHECK:         simt.sync_warp
// CHECK:         simt.barrier_arrive
tile.kernel @whole(%lse: memref<?x64xf32>, %head: index, %row: index, %count: index, %out: memref<?x64xf32>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %first = arith.muli %head, %c16 : index
  %ring = tile.make_ring : !tile.ring<3 x !slot>
  tile.specialize producer {
    tile.put %ring at %n, %lse[%row, %first] sizes [4, 16] count %count : !tile.ring<3 x !slot>, memref<?x64xf32>
  } consumers 4 {
    %slot = tile.get %ring at %n : !tile.ring<3 x !slot>
    %values = tile.read %slot : !slot -> !values
    tile.release %ring at %n : !tile.ring<3 x !slot>
    %spread = tile.broadcast %values axis 0 : !values -> !sums
    tile.store %spread, %out[%row, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  }
  tile.return
}

// What a count cuts is copied one by one.
// CHECK-LABEL: llvm.func @cut
// CHECK-COUNT-2: simt.copy_async %{{.+}}, %{{.+}} bytes 4 if
// CHECK-NOT:     simt.copy_async
tile.kernel @cut(%x: memref<64xf32>, %row: index, %count: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x !slot>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0] sizes [64] count %count : !tile.ring<3 x !slot>, memref<64xf32>
  } consumers 4 {
    %slot = tile.get %ring at %n : !tile.ring<3 x !slot>
    tile.release %ring at %n : !tile.ring<3 x !slot>
  }
  tile.return
}

// Of two heads 8 bytes at a time, one for each lane; of rows of an odd length 4, two for each.
// CHECK-LABEL: llvm.func @narrow
// CHECK:         simt.copy_async %{{.+}}, %{{.+}} bytes 8 if
// CHECK-NOT:     simt.copy_async
// CHECK:         simt.barrier_arrive_copies
// CHECK-COUNT-2: simt.copy_async %{{.+}}, %{{.+}} bytes 4 if
// CHECK-NOT:     simt.copy_async
// CHECK:         simt.barrier_arrive_copies
tile.kernel @narrow(%two: memref<?x4xf32>, %odd: memref<?x5xf32>, %row: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x !slot>
  %other = tile.make_ring : !tile.ring<3 x !slot>
  tile.specialize producer {
    tile.put %ring at %n, %two[%row, %c0] sizes [32, 2] : !tile.ring<3 x !slot>, memref<?x4xf32>
    tile.put %other at %n, %odd[%row, %c0] sizes [16, 4] : !tile.ring<3 x !slot>, memref<?x5xf32>
  } consumers 4 {
    %slot = tile.get %ring at %n : !tile.ring<3 x !slot>
    tile.release %ring at %n : !tile.ring<3 x !slot>
    %last = tile.get %other at %n : !tile.ring<3 x !slot>
    tile.release %other at %n : !tile.ring<3 x !slot>
  }
  tile.return
}
