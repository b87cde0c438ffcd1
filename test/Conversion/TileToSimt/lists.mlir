// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

// Two warps: counts of each for 32 blocks, twice, and one word; then a segment for each block.
// CHECK-LABEL: gpu.module @invert
// CHECK-SAME:  threads = 64, shared_bytes = 776
// The first pass reads sixteen bytes at once, turns a square of bits over, and asks whether a list
// names a block twice.
// CHECK:       scf.for
// CHECK-COUNT-4: llvm.load %{{.+}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// CHECK-COUNT-5: simt.shuffle xor
// CHECK:       simt.ballot
// CHECK:       scf.if
// Lower blocks are counted by the warp; between two meetings each adds up what all have counted.
// CHECK-COUNT-5: simt.shuffle xor
// CHECK:       simt.sync_block
// CHECK:       scf.for
// CHECK-COUNT-5: simt.shuffle up
// CHECK:       simt.sync_block
// The second pass writes tokens, with no atomics.
// CHECK:       llvm.store %{{.+}} {alignment = 8 : i64} : vector<2xi32>, !llvm.ptr<1>
// CHECK:       scf.for
// CHECK-COUNT-4: llvm.load %{{.+}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// CHECK-COUNT-5: simt.shuffle xor
// CHECK:       scf.while
// CHECK:       llvm.store %{{.+}} {alignment = 4 : i64} : i32, !llvm.ptr<1>
// CHECK-NOT:   atomic
tile.kernel @invert(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x16xi32>,
                    %base: index, %head: index, %length: index, %keys: index, %first: index) {
  tile.specialize producer {
  } consumers 2 {
    tile.invert_lists %l into %b, %e at %base, %head of %length keys %keys from %first
        blocks 32 of 64 by 64 : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  }
  tile.return
}
