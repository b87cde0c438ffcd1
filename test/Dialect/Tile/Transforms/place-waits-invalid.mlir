// RUN: fovea-opt %s --tile-place-waits -split-input-file -verify-diagnostics

// A product of unplaced tiles is none that an instruction computes.
tile.kernel @logical(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  // expected-error @+1 {{'tile.issue_dot' op expected rhs in shared memory, acc in a fragment, and lhs of rhs' type in either, got 'tensor<64x64xbf16>', 'tensor<64x64xbf16>' and 'tensor<64x64xf32>'}}
  %s = tile.dot %a, %a, %zero : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.return
}
