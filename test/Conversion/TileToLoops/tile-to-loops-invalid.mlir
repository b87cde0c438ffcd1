// RUN: fovea-opt %s --convert-tile-to-loops="max-stack-bytes=512 max-scratch-bytes=1024" --split-input-file -verify-diagnostics
// RUN: not fovea-opt %s --split-input-file --convert-tile-to-loops=vector-bits=96 2>&1 | FileCheck %s
// RUN: not fovea-opt %s --split-input-file --convert-tile-to-loops=vector-registers=0 2>&1 | FileCheck %s --check-prefix=REGISTERS
// REGISTERS: expected 4 to 1024 vector-registers and no negative max-stack-bytes or max-scratch-bytes, got 0, 131072 and 2097152

// CHECK: expected vector-bits to be a power of two, 32 to 65536, got 96

// expected-error @+1 {{expected at most 1024 bytes of scratch, got 2048; choose a schedule with fewer tokens or keys, or fewer heads per KV head or smaller head dims}}
tile.kernel @too_much_scratch(%x: memref<?x2x32xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0, %c0] sizes [16, 1, 32] : memref<?x2x32xf32> -> tensor<16x32xf32>
  tile.store %a, %x[%c0, %c0, %c0] sizes [16, 1, 32] : tensor<16x32xf32>, memref<?x2x32xf32>
  tile.return
}

// -----

tile.kernel @unknown_operation(%x: memref<4x4xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [4, 4] : memref<4x4xf32> -> tensor<4x4xf32>
  // expected-error @+1 {{'tensor.extract' op expected an operation on tiles that kernels can be made of}}
  %b = tensor.extract %a[%c0, %c0] : tensor<4x4xf32>
  memref.store %b, %x[%c0, %c0] : memref<4x4xf32>
  tile.return
}

// -----

tile.kernel @placed(%x: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'arith.constant' op expected logical tiles, got placed ones: 'tensor<4x1xf32, #tile.lanes<warps = 4>>'}}
  %carry = arith.constant dense<0.0> : tensor<4x1xf32, #tile.lanes<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
    %p = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32, #tile.fragment<warps = 4>>
  }
  tile.return
}

// -----

gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
}
func.func @launch_of_a_lowered_kernel(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected a tile.kernel of the module to call, got @lowered, which is lowered for a GPU or of another module}}
  tile.launch @lowered grid(%n) (%n) : index
  return
}
