// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s

// A carried accumulator is scaled and added to in place: one buffer, no copy, and no
// allocation below the entry.
// CHECK-LABEL: func.func private @accumulate
// CHECK:         memref.alloca() {{.*}} : memref<32x16xf32>
// CHECK-NOT:     memref.alloca() {{.*}} : memref<32x16xf32>
// CHECK:         scf.for
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     memref.copy
tile.kernel @accumulate(%p: memref<16x64xf32>, %v: memref<?x32xf32>, %o: memref<16x32xf32>,
                        %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %half = arith.constant dense<0.5> : tensor<16x32xf32>
  %pt = tile.load %p[%c0, %c0] sizes [16, 64] : memref<16x64xf32> -> tensor<16x64xf32>
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %zero) -> (tensor<16x32xf32>) {
    %vt = tile.load %v[%i, %c0] sizes [64, 32] : memref<?x32xf32> -> tensor<64x32xf32>
    %scaled = arith.mulf %acc, %half : tensor<16x32xf32>
    %next = tile.dot %pt, %vt, %scaled
        : tensor<16x64xf32>, tensor<64x32xf32> -> tensor<16x32xf32>
    scf.yield %next : tensor<16x32xf32>
  }
  tile.store %sum, %o[%c0, %c0] sizes [16, 32] : tensor<16x32xf32>, memref<16x32xf32>
  tile.return
}

// A branch that changes a tile works in place; the other does nothing.
// CHECK-LABEL: func.func private @branch
// CHECK-COUNT-1: memref.alloca()
// CHECK-NOT:     memref.alloca()
// CHECK:         scf.if %{{.+}} {
// CHECK:           arith.negf
// CHECK-NOT:     } else {
tile.kernel @branch(%x: memref<8x16xf32> {tile.in_place}, %flag: i1) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 16] : memref<8x16xf32> -> tensor<8x16xf32>
  %b = scf.if %flag -> (tensor<8x16xf32>) {
    %n = arith.negf %a : tensor<8x16xf32>
    scf.yield %n : tensor<8x16xf32>
  } else {
    scf.yield %a : tensor<8x16xf32>
  }
  tile.store %b, %x[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, memref<8x16xf32>
  tile.return
}
