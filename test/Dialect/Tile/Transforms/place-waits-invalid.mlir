// RUN: fovea-opt %s --tile-place-waits -split-input-file -verify-diagnostics

// A product of unplaced tiles is none that an instruction computes.
// expected-error @+1 {{'tile.kernel' op expected one tile.specialize: run tile-specialize first}}
tile.kernel @logical(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %s = tile.dot %a, %a, %zero : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.return
}

// -----

!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
tile.kernel @waits_are_placed(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : !sums
  %ring = tile.make_ring : !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
    // expected-error @+1 {{'tile.issue_dot' op expected products that are tile.dot: tile-place-waits has run}}
    %p = tile.issue_dot %k, %k, %zero : tensor<64x64xbf16, #tile.shared<swizzle = 128>>, tensor<64x64xbf16, #tile.shared<swizzle = 128>>, !sums
    %s = tile.wait %p newer 0 : !tile.pending<!sums>
    tile.release %ring at %n : !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
  }
  tile.return
}
