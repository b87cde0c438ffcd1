// RUN: fovea-opt %s --convert-tile-to-simt=target=sm_90a --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --convert-tile-to-simt=target=sm_80 --canonicalize --cse | FileCheck %s --check-prefix=PORTABLE

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>

// Three teams of a warpgroup each: producer warps 0 to 2 are a warpgroup's, of which one has no team; consumers begin
// at warp 4. A team's shared memory is a whole kilobyte behind the one before it, its barriers are its producer's to
// make, and of three blocks' rounds it takes those of a block of its own. Where warps copy, three produce.
// CHECK-LABEL: gpu.module @teams
// CHECK-SAME:    threads = 512, shared_bytes = 52224
// CHECK-DAG:     %[[THREE:.+]] = arith.constant 3 : i32
// CHECK-DAG:     %[[STRIDE:.+]] = arith.constant 17408 : i32
// CHECK:         %[[WARP:.+]] = simt.shuffle index
// CHECK:         %[[CONSUMER:.+]] = arith.addi %[[WARP]], %{{.+}} : i32
// CHECK:         %[[PRODUCES:.+]] = arith.cmpi slt, %[[CONSUMER]], %{{.+}} : i32
// CHECK:         %[[TEAM:.+]] = arith.select %[[PRODUCES]], %[[WARP]], %{{.+}} : i32
// CHECK:         arith.muli %[[TEAM]], %[[STRIDE]] : i32
// CHECK:         %[[HAS_TEAM:.+]] = arith.cmpi slt, %[[WARP]], %[[THREE]] : i32
// CHECK:         scf.if %{{.+}} {
// CHECK:           simt.barrier_init
// CHECK:         simt.sync_block
// CHECK:         simt.set_registers decrease 32
// CHECK:         scf.if %[[HAS_TEAM]] {
// CHECK:           %[[BLOCK:.+]] = simt.special block
// CHECK:           %[[BLOCKS:.+]] = simt.special blocks
// CHECK:           %[[BEFORE:.+]] = arith.muli %[[TEAM]], %[[BLOCKS]] : i32
// CHECK:           arith.addi %[[BEFORE]], %[[BLOCK]] : i32
// CHECK:           arith.muli %[[BLOCKS]], %[[THREE]] : i32
// CHECK:         simt.set_registers increase 160
// PORTABLE-LABEL: gpu.module @teams
// PORTABLE-SAME:    threads = 480, shared_bytes = 52224
tile.kernel @teams(%k: memref<?x64xbf16>)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2, teams = 3>>} {
  %c0 = arith.constant 0 : index
  %n0 = arith.constant 0 : i32
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.for_programs last_tile_first : (%x: index, %y: index) carry(%n = %n0 : i32) {
      %c1 = arith.constant 1 : i32
      %next = arith.addi %n, %c1 : i32
      tile.put %ring at %n, %k[%x, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
      tile.yield %next : i32
    }
  } consumers 4 {
    tile.for_programs last_tile_first : (%x: index, %y: index) carry(%n = %n0 : i32) {
      %c1 = arith.constant 1 : i32
      %next = arith.addi %n, %c1 : i32
      %tile = tile.get %ring at %n : !tile.ring<2 x !half>
      tile.release %ring at %n : !tile.ring<2 x !half>
      tile.yield %next : i32
    }
  }
  tile.return
}
