// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
!half1 = tensor<16x16xf16, #tile.shared<swizzle = 32>>
!sums1 = tensor<16x16xf32, #tile.fragment<warps = 1>>

// 64 inner elements are four steps of 16, each 32 bytes (2 in a descriptor) further along a
// row, or 16 rows of 128 bytes (128) further where the inner dim runs across rows. A zero
// accumulator is none. Computed probabilities are operands as they lie.
// CHECK-LABEL: llvm.func @attend
// CHECK:     simt.descriptor %{{.+}} leading 16 stride 1024 swizzle 128
// CHECK:     simt.wgmma_fence
// CHECK:     %[[S0:.+]] = simt.wgmma bf16 %{{.+}}, %{{.+}} : i64 -> vector<32xf32>
// CHECK:     arith.addi %{{.+}}, %c2_i64
// CHECK:     simt.wgmma bf16 %{{.+}}, %{{.+}} into %[[S0]]
// CHECK-COUNT-2: simt.wgmma bf16
// CHECK:     simt.wgmma_commit
// CHECK:     %[[S:.+]] = simt.wgmma_wait 0
// CHECK:     %[[P:.+]] = simt.pack bf16 %[[S]] : vector<32xf32> -> vector<16xi32>
// CHECK:     simt.descriptor %{{.+}} leading 8192 stride 1024 swizzle 128
// CHECK:     simt.wgmma_fence
// CHECK:     %[[P0:.+]] = vector.shuffle %[[P]], %[[P]] [0, 1, 2, 3]
// CHECK:     simt.wgmma bf16 %[[P0]], %{{.+}} into %[[S]] : vector<32xf32> transpose_b
// CHECK:     %[[P1:.+]] = vector.shuffle %[[P]], %[[P]] [4, 5, 6, 7]
// CHECK:     arith.addi %{{.+}}, %c128_i64
// CHECK:     simt.wgmma bf16 %[[P1]],
tile.kernel @attend(%x: memref<?x64xbf16>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : !sums
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    %s = tile.issue_dot %k, %k, %zero transpose_rhs : !half, !half, !sums
    %t = tile.wait %s newer 0 : !tile.pending<!sums>
    %p = arith.truncf %t : !sums to !left
    %r = tile.issue_dot %p, %k, %t : !left, !half, !sums
    %u = tile.wait %r newer 0 : !tile.pending<!sums>
    tile.release %ring at %n : !tile.ring<2 x !half>
    tile.store %u, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  }
  tile.return
}

// Warps that make no warpgroup: ldmatrix and mma.sync, two products of 8 columns.
// CHECK-LABEL: llvm.func @one_warp
// CHECK-NOT: simt.wgmma
// CHECK:     %[[A:.+]] = simt.load_matrix %{{.+}} : <3> -> vector<4xi32>
// CHECK:     simt.load_matrix %{{.+}} transpose
// CHECK:     simt.mma f16 %[[A]],
// CHECK:     simt.mma f16 %[[A]],
tile.kernel @one_warp(%x: memref<?x16xf16>, %o: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : !sums1
  %ring = tile.make_ring : !tile.ring<2 x !half1>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [16, 16] : !tile.ring<2 x !half1>, memref<?x16xf16>
  } consumers 1 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half1>
    %s = tile.issue_dot %k, %k, %zero : !half1, !half1, !sums1
    %t = tile.wait %s newer 0 : !tile.pending<!sums1>
    tile.release %ring at %n : !tile.ring<2 x !half1>
    tile.store %t, %o[%c0, %c0] sizes [16, 16] : !sums1, memref<?x16xf32>
  }
  tile.return
}
