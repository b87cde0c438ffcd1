// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s


// Barriers 1 and 2 are the warpgroups' own, 3 and 4 their turns. The last warpgroup hands
// the first turn over; a warpgroup meets the one before it at its own, and arrives at the
// next one's.
// CHECK-LABEL: gpu.module @two
// CHECK-DAG:   %[[THREE:.+]] = arith.constant 3 : i32
// CHECK-DAG:   %[[ONE:.+]] = arith.constant 1 : i32
// CHECK:       %[[LAST:.+]] = arith.cmpi eq, %[[GROUP:.+]], %[[ONE]] : i32
// CHECK:       scf.if %[[LAST]]
// CHECK-NEXT:    simt.arrive_named %[[THREE]] threads 256
// CHECK:       %[[MINE:.+]] = arith.addi %[[GROUP]], %[[THREE]] : i32
// CHECK:       simt.sync_named %[[MINE]] threads 256
// CHECK:       simt.arrive_named %{{.+}} threads 256
// CHECK-NOT:   arrive_named
tile.kernel @two(%x: memref<?x64xf32>) {
  tile.specialize producer {
  } consumers 8 {
    tile.await_turn
    tile.pass_turn
  }
  tile.return
}

// A lone warpgroup takes no turns.
// CHECK-LABEL: gpu.module @one
// CHECK-NOT:   _named
tile.kernel @one(%x: memref<?x64xf32>) {
  tile.specialize producer {
  } consumers 4 {
    tile.await_turn
    tile.pass_turn
  }
  tile.return
}

// Nobody hands over a first turn that nobody waits for.
// CHECK-LABEL: gpu.module @none
// CHECK-NOT:   _named
tile.kernel @none(%x: memref<?x64xf32>) {
  tile.specialize producer {
  } consumers 8 {
  }
  tile.return
}
