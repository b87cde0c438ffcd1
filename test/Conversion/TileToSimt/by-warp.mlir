// Products by warp where the target multiplies by warpgroups too: copies by the copy engine
// and registers handed over, but mma.sync, and each warp for its own 16 rows.
// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!bits = tensor<8xi1, #tile.bits>
!query = tensor<128x64xf16, #tile.shared<swizzle = 128>>
!keys = tensor<64x64xf16, #tile.shared<swizzle = 128>>
!sums = tensor<128x64xf32, #tile.fragment<warps = 8>>

// CHECK-LABEL: llvm.func @selected
// CHECK:         simt.set_registers decrease
// CHECK:         %[[ONE:.+]] = simt.elect
// CHECK:         scf.if %[[ONE]]
// CHECK:           simt.tma_load
// CHECK:         simt.set_registers increase
// A token of 16 heads is a warp's.
// CHECK:         arith.ori
// CHECK:         %[[ROW:.+]] = arith.muli %{{.+}}, %c16_i32
// CHECK:         arith.shrui %[[ROW]], %c4_i32
// CHECK:         scf.if
// CHECK:           simt.barrier_wait
// CHECK-NOT:       simt.wgmma
// CHECK:           simt.mma f16
// What ldmatrix read is ordered before the copy that follows into the slot.
// CHECK:           simt.fence_async
// CHECK:           simt.sync_warp
// CHECK:           simt.barrier_arrive
// CHECK:         else
// Who passes by has read nothing.
// CHECK:           simt.barrier_wait
// CHECK-NOT:       simt.fence_async
// CHECK:           simt.barrier_arrive
// CHECK:           scf.yield
tile.kernel @selected(%x: memref<?x64xf16>, %o: memref<?x64xf32>) attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 64, gpu = <stages = 2, products = warp>>} {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  %visits = tile.make_ring : !tile.visit_ring<4 x 8>
  %queries = tile.make_ring : !tile.ring<1 x !query>
  %ring = tile.make_ring : !tile.ring<2 x !keys>
  tile.specialize producer {
    tile.put %queries at %n, %x[%c0, %c0] sizes [128, 64] : !tile.ring<1 x !query>, memref<?x64xf16>
    tile.post %visits at %n : !tile.visit_ring<4 x 8>
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !keys>, memref<?x64xf16>
  } consumers 8 {
    %q = tile.get %queries at %n : !tile.ring<1 x !query>
    %more, %b, %tokens, %m = tile.take %visits at %n : !tile.visit_ring<4 x 8> -> !bits
    %some = tile.any_token %tokens heads 16 : !bits
    %sums = scf.if %some -> !sums {
      %k = tile.get %ring at %n : !tile.ring<2 x !keys>
      %s = tile.issue_dot %q, %k, %zero transpose_rhs : !query, !keys, !sums
      %t = tile.wait %s newer 0 : !tile.pending<!sums>
      tile.release %ring at %n : !tile.ring<2 x !keys>
      scf.yield %t : !sums
    } else {
      %k = tile.get %ring at %n : !tile.ring<2 x !keys>
      tile.release %ring at %n : !tile.ring<2 x !keys>
      scf.yield %zero : !sums
    }
    tile.release %queries at %n : !tile.ring<1 x !query>
    tile.store %sums, %o[%c0, %c0] sizes [128, 64] : !sums, memref<?x64xf32>
  }
  tile.return
}
