// Tiles of a loop pass while a tile of the loop around it is held: none waits for a slot
// that the other keeps.
// RUN: fovea-opt %s --tile-specialize --tile-place-waits -o %t.placed
// RUN: fovea-interpret %t.placed --grid=1,1 --blocks=1 --entry=nested --lengths=256 | FileCheck %s
// CHECK: ok: 26 orders

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
tile.kernel @nested(%k: memref<?x64xbf16>, %o: memref<?x64xf32>)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant dense<0.0> : !sums
  %a = scf.for %i = %c0 to %c4 step %c1 iter_args(%acc = %zero) -> !sums {
    %q = tile.load %k[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %b = scf.for %j = %c0 to %c4 step %c1 iter_args(%inner = %acc) -> !sums {
      %key = tile.load %k[%j, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
      %s = tile.dot %q, %key, %inner : !half, !half -> !sums
      scf.yield %s : !sums
    }
    scf.yield %b : !sums
  }
  tile.store %a, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}
