// What a target without TMA and wgmma does under the same rings and products.
// RUN: fovea-opt %s --convert-tile-to-simt=target=sm_80 --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --convert-tile-to-simt=target=sm_80 | FileCheck %s --check-prefix=LACKS

// LACKS-NOT: simt.{{tma_load|barrier_expect|fence_|set_registers|wgmma|descriptor}}
// LACKS-NOT: #tile.tensor_map

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!narrow = tensor<64x16xbf16, #tile.shared<swizzle = 32>>
!bits = tensor<12xi1, #tile.bits>
!query = tensor<128x64xf16, #tile.shared<swizzle = 128>>
!keys = tensor<64x64xf16, #tile.shared<swizzle = 128>>
!sums = tensor<128x64xf32, #tile.fragment<warps = 8>>
!left = tensor<128x64xf16, #tile.fragment<warps = 8>>

// The producer is one warp in front of the consumers. Each of its lanes arrives on full;
// they wait for the slot together, take 8 units of 16 bytes of 4 rows at a time, and zeros
// where the view has no row.
// CHECK-LABEL: gpu.module @copy
// CHECK-SAME:    threads = 160
// CHECK:         nvvm.minctasm = 1
// CHECK:         arith.addi %{{.+}}, %c-1_i32
// CHECK:         simt.barrier_init %{{.+}} count 32
// CHECK:         simt.barrier_init %{{.+}} count 4
// CHECK:         simt.sync_block
// CHECK:           simt.barrier_wait %{{.+}} polling
// CHECK:           %[[ROW:.+]] = arith.cmpi ult, %{{.+}}, %{{.+}} : i32
// CHECK:           %[[HEAD:.+]] = arith.cmpi ult, %{{.+}}, %c4_i32 : i32
// CHECK:           %[[THERE:.+]] = arith.andi %[[ROW]], %[[HEAD]] : i1
// CHECK:           arith.xori
// CHECK:           simt.copy_async %{{.+}}, %{{.+}} if %[[THERE]] : <3>, <1>
// CHECK-COUNT-15:  simt.copy_async
// CHECK-NOT:       simt.copy_async
// CHECK:           simt.barrier_arrive_copies
// CHECK:           simt.copies_wait
// Who has not read a slot gives it back at once.
// CHECK:         simt.barrier_wait %{{.+}} polling
// CHECK-NOT:     simt.sync_warp
// CHECK:         simt.barrier_arrive
tile.kernel @copy(%x: memref<?x4x64xbf16>, %row: index, %head: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%row, %head, %c0] sizes [64, 1, 64] : !tile.ring<3 x !half>, memref<?x4x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<3 x !half>
    tile.release %ring at %n : !tile.ring<3 x !half>
  }
  tile.return
}

// Rows of 32 bytes: 16 of them at a time.
// CHECK-LABEL: llvm.func @narrow
// CHECK-COUNT-4: simt.copy_async
// CHECK-NOT:     simt.copy_async
// CHECK:         simt.barrier_arrive_copies
tile.kernel @narrow(%x: memref<?x16xbf16>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<2 x !narrow>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 16] : !tile.ring<2 x !narrow>, memref<?x16xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !narrow>
    tile.release %ring at %n : !tile.ring<2 x !narrow>
  }
  tile.return
}

// More than 16 steps of all lanes are a loop of as many.
// CHECK-LABEL: llvm.func @long
// CHECK:         scf.for %{{.+}} = %c0_i32 to %c128_i32 step %c64_i32
// CHECK-COUNT-16:  simt.copy_async
// CHECK-NOT:       simt.copy_async
// CHECK:         simt.barrier_arrive_copies
tile.kernel @long(%x: memref<?x64xf16>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<1 x !query>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [128, 64] : !tile.ring<1 x !query>, memref<?x64xf16>
  } consumers 8 {
    %q = tile.get %ring at %n : !tile.ring<1 x !query>
    tile.release %ring at %n : !tile.ring<1 x !query>
  }
  tile.return
}

// Each warp clears for itself, and asks for the tokens of its own 16 rows.
// CHECK-LABEL: llvm.func @alone
// CHECK:         simt.barrier_init %{{.+}} count 1
// CHECK-COUNT-4: simt.shuffle index
// CHECK:         %[[ROW:.+]] = arith.muli %{{.+}}, %c16_i32
// CHECK:         arith.shrui %[[ROW]], %c4_i32
// CHECK:         scf.if
// CHECK:           scf.for %{{.+}} = %{{.+}} to %c512_i32 step %c32_i32
// CHECK:           simt.sync_warp
// CHECK-NOT:     simt.sync_named
tile.kernel @alone(%x: memref<?x64xbf16>, %left: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %visits = tile.make_ring : !tile.visit_ring<4 x 12>
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.post %visits at %n : !tile.visit_ring<4 x 12>
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
  } consumers 12 {
    %more, %b, %tokens, %m = tile.take %visits at %n : !tile.visit_ring<4 x 12> -> !bits
    %some = tile.any_token %tokens heads 16 : !bits
    scf.if %some {
      %k = tile.get %ring at %n : !tile.ring<2 x !half>
      tile.clear_rows %k from %left : !half
      tile.release %ring at %n : !tile.ring<2 x !half>
    } else {
      %k = tile.get %ring at %n : !tile.ring<2 x !half>
      tile.release %ring at %n : !tile.ring<2 x !half>
    }
  }
  tile.return
}

// A warp's 16 rows of the query, 4 steps of 16 inner elements with 4 pairs of products each;
// then probabilities as they lie. Results are there at once.
// CHECK-LABEL: llvm.func @attend
// CHECK:         %[[A:.+]] = simt.load_matrix %{{.+}} : <3> -> vector<4xi32>
// CHECK:         simt.load_matrix %{{.+}} : <3> -> vector<4xi32>
// CHECK:         simt.mma f16 %[[A]],
// CHECK:         simt.mma f16 %[[A]],
// CHECK:         %[[P:.+]] = simt.pack f16 %{{.+}} : vector<32xf32> -> vector<16xi32>
// CHECK:         %[[P0:.+]] = vector.shuffle %[[P]], %[[P]] [0, 1, 2, 3]
// CHECK:         simt.load_matrix %{{.+}} transpose
// CHECK:         simt.mma f16 %[[P0]],
// A warp's lanes meet before what they read goes back.
// CHECK:         simt.sync_warp
// CHECK:         simt.barrier_arrive
tile.kernel @attend(%x: memref<?x64xf16>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : !sums
  %queries = tile.make_ring : !tile.ring<1 x !query>
  %ring = tile.make_ring : !tile.ring<2 x !keys>
  tile.specialize producer {
    tile.put %queries at %n, %x[%c0, %c0] sizes [128, 64] : !tile.ring<1 x !query>, memref<?x64xf16>
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !keys>, memref<?x64xf16>
  } consumers 8 {
    %q = tile.get %queries at %n : !tile.ring<1 x !query>
    %k = tile.get %ring at %n : !tile.ring<2 x !keys>
    %s = tile.issue_dot %q, %k, %zero transpose_rhs : !query, !keys, !sums
    %t = tile.wait %s newer 0 : !tile.pending<!sums>
    %p = arith.truncf %t : !sums to !left
    %r = tile.issue_dot %p, %k, %t : !left, !keys, !sums
    %u = tile.wait %r newer 0 : !tile.pending<!sums>
    tile.release %ring at %n : !tile.ring<2 x !keys>
    tile.release %queries at %n : !tile.ring<1 x !query>
    tile.store %u, %o[%c0, %c0] sizes [128, 64] : !sums, memref<?x64xf32>
  }
  tile.return
}
