// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s

// NSA's weights 1 2 2 2 1 for blocks of 64 over windows of 32 with stride 16.
// CHECK-LABEL: func.func private @band
// CHECK-DAG:     %[[TWO:.+]] = arith.constant 2.000000e+00 : f32
// CHECK:         scf.for %{{.+}} = %c0 to %c8
// CHECK:           scf.for %[[BLOCK:.+]] = %c1 to %c16
// CHECK:             math.fma %[[TWO]]
// CHECK:             math.fma %[[TWO]]
// CHECK:             math.fma %[[TWO]]
tile.kernel @band(%p: memref<8x64xf32>, %s: memref<8x16xf32>, %c: memref<8x1xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %x = tile.load %p[%c0, %c0] sizes [8, 64] : memref<8x64xf32> -> tensor<8x64xf32>
  %y = tile.load %c[%c0, %c0] sizes [8, 1] : memref<8x1xf32> -> tensor<8x1xf32>
  %b, %n = tile.band_sum %x carry %y block 32 stride 16 into 64
      : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
  tile.store %b, %s[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, memref<8x16xf32>
  tile.store %n, %c[%c0, %c0] sizes [8, 1] : tensor<8x1xf32>, memref<8x1xf32>
  tile.return
}

// Most scores fail against the worst that is kept; the others are inserted.
// CHECK-LABEL: func.func private @topk
// CHECK:         %[[WORST:.+]] = memref.load %{{.+}}[%[[ROW:.+]], %c15]
// CHECK:         %[[TAKEN:.+]] = arith.cmpf ogt, %[[SCORE:.+]], %[[WORST]]
// CHECK:         scf.if %[[TAKEN]]
// CHECK:           scf.while
// CHECK:             arith.cmpf ogt, %[[SCORE]]
// CHECK:           memref.store %[[SCORE]]
// The indices in ascending order, -1 last: compared as unsigned numbers.
// CHECK:         arith.cmpi ugt
tile.kernel @topk(%s: memref<8x16xf32>, %o: memref<8x16xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : tensor<8x16xf32>
  %i = arith.constant dense<-1> : tensor<8x16xi32>
  %x = tile.load %s[%c0, %c0] sizes [8, 16] : memref<8x16xf32> -> tensor<8x16xf32>
  %v1, %i1 = tile.topk_update %v, %i with %x at %base
      : tensor<8x16xf32>, tensor<8x16xi32>, tensor<8x16xf32>
  %r = tile.topk_indices %v1, %i1 : tensor<8x16xf32>, tensor<8x16xi32> -> tensor<8x16xi32>
  tile.store %r, %o[%c0, %c0] sizes [8, 16] : tensor<8x16xi32>, memref<8x16xi32>
  tile.return
}

// Windows of 64 strides overlap 16 blocks: loops whose weights are computed, once for the
// blocks with a carry, for those without, and for the next carry.
// CHECK-LABEL: func.func private @wide_band
// CHECK-COUNT-3: math.fma
// CHECK-NOT:     math.fma
// CHECK-LABEL: func.func private @after_wide_band
tile.kernel @wide_band(%p: memref<8x128xf32>, %s: memref<8x32xf32>, %c: memref<8x16xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %x = tile.load %p[%c0, %c0] sizes [8, 128] : memref<8x128xf32> -> tensor<8x128xf32>
  %y = tile.load %c[%c0, %c0] sizes [8, 16] : memref<8x16xf32> -> tensor<8x16xf32>
  %b, %n = tile.band_sum %x carry %y block 256 stride 4 into 16
      : tensor<8x128xf32>, tensor<8x16xf32> -> tensor<8x32xf32>
  tile.store %b, %s[%c0, %c0] sizes [8, 32] : tensor<8x32xf32>, memref<8x32xf32>
  tile.store %n, %c[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, memref<8x16xf32>
  tile.return
}
tile.kernel @after_wide_band() {
  tile.return
}
