// RUN: fovea-opt %s --convert-tile-to-loops="max-stack-bytes=512 max-scratch-bytes=1024" --split-input-file -verify-diagnostics
// RUN: not fovea-opt %s --split-input-file --convert-tile-to-loops=vector-bits=96 2>&1 | FileCheck %s

// CHECK: expected vector-bits to be a power of two, at least 32, got 96

// expected-error @+1 {{expected at most 1024 bytes of scratch, got 2048; choose a schedule with fewer tokens or keys}}
tile.kernel @too_much_scratch(%x: memref<?x2x32xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0, %c0] sizes [16, 1, 32] : memref<?x2x32xf32> -> tensor<16x32xf32>
  tile.store %a, %x[%c0, %c0, %c0] sizes [16, 1, 32] : tensor<16x32xf32>, memref<?x2x32xf32>
  tile.return
}

// -----

tile.kernel @unknown_operation(%x: memref<4x4xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [4, 4] : memref<4x4xf32> -> tensor<4x4xf32>
  // expected-error @+1 {{expected an operation on tiles that loops can be made of, got 'tensor.extract'}}
  %b = tensor.extract %a[%c0, %c0] : tensor<4x4xf32>
  memref.store %b, %x[%c0, %c0] : memref<4x4xf32>
  tile.return
}
