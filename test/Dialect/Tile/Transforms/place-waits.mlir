// RUN: fovea-opt %s --tile-place-waits | FileCheck %s

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>

// Each product is waited for before anything reads it, and before its slot goes back.
// CHECK-LABEL: tile.kernel @attend
// CHECK:       %[[K:.+]] = tile.get
// CHECK:       %[[S:.+]] = tile.issue_dot %[[K]], %[[K]], %{{.+}} transpose_rhs
// CHECK-NEXT:  %[[SCORES:.+]] = tile.wait %[[S]] newer 0
// CHECK-NEXT:  %[[P:.+]] = arith.truncf %[[SCORES]]
// CHECK-NEXT:  %[[O:.+]] = tile.issue_dot %[[P]], %[[K]], %[[SCORES]] :
// CHECK-NEXT:  %[[OUT:.+]] = tile.wait %[[O]] newer 0
// CHECK-NEXT:  tile.release
// CHECK-NEXT:  tile.store %[[OUT]]
// CHECK-NOT:   tile.dot
tile.kernel @attend(%x: memref<?x64xbf16>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : !sums
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    %s = tile.dot %k, %k, %zero transpose_rhs : !half, !half -> !sums
    %p = arith.truncf %s : !sums to !left
    %r = tile.dot %p, %k, %s : !left, !half -> !sums
    tile.release %ring at %n : !tile.ring<2 x !half>
    tile.store %r, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  }
  tile.return
}

// CHECK-LABEL: tile.kernel @no_product
// CHECK-NOT:   tile.wait
tile.kernel @no_product(%x: memref<?x64xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> !sums
    tile.store %a, %x[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  }
  tile.return
}

// Where products overlap a wait is late; a tile that is made of the product itself cannot go through its wait.
// CHECK-LABEL: tile.kernel @late
// CHECK:       %[[O:.+]] = tile.issue_dot
// CHECK-NEXT:  %[[OUT:.+]] = tile.wait %[[O]] newer 0 :
// CHECK-NEXT:  tile.release
// CHECK-NEXT:  %[[X:.+]] = math.exp2 %[[OUT]]
// CHECK-NEXT:  arith.truncf %[[X]]
tile.kernel @late(%x: memref<?x64xbf16>, %y: memref<?x64xbf16>, %o: memref<?x64xf32>)
    attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : !sums
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
  } consumers 4 {
    %a = tile.load %y[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> !left
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    %s = tile.dot %a, %k, %zero : !left, !half -> !sums
    tile.release %ring at %n : !tile.ring<2 x !half>
    %e = math.exp2 %s : !sums
    %p = arith.truncf %e : !sums to !left
    %f = arith.extf %p : !left to !sums
    tile.store %f, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  }
  tile.return
}
