// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @band_sum
// CHECK: %{{.+}}, %{{.+}} = tile.band_sum %{{.+}} carry %{{.+}} block 32 stride 16 into 64 : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
func.func @band_sum(%p: tensor<8x64xf32>, %c0: tensor<8x1xf32>) {
  %b, %c1 = tile.band_sum %p carry %c0 block 32 stride 16 into 64
      : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
  return
}

// A window of 64 tokens reaches ceil((64 - 16) / 32) = 2 blocks past the one it starts in.
// CHECK-LABEL: @band_sum_halo_of_two
// CHECK: block 64 stride 16 into 32 : tensor<8x4xf32>, tensor<8x2xf32> -> tensor<8x2xf32>
func.func @band_sum_halo_of_two(%p: tensor<8x4xf32>, %c0: tensor<8x2xf32>) {
  %b, %c1 = tile.band_sum %p carry %c0 block 64 stride 16 into 32
      : tensor<8x4xf32>, tensor<8x2xf32> -> tensor<8x2xf32>
  return
}

// CHECK-LABEL: @topk
// CHECK: %[[VALUES:.+]], %[[RAW:.+]] = tile.topk_update %{{.+}}, %{{.+}} with %{{.+}} at %{{.+}} : tensor<8x16xf32>, tensor<8x16xi32>, tensor<8x16xf32>
// CHECK: tile.topk_indices %[[VALUES]], %[[RAW]] : tensor<8x16xf32>, tensor<8x16xi32> -> tensor<8x16xi32>
func.func @topk(%v0: tensor<8x16xf32>, %i0: tensor<8x16xi32>, %scores: tensor<8x16xf32>,
                %base: index) {
  %v1, %i1 = tile.topk_update %v0, %i0 with %scores at %base
      : tensor<8x16xf32>, tensor<8x16xi32>, tensor<8x16xf32>
  %sorted = tile.topk_indices %v1, %i1 : tensor<8x16xf32>, tensor<8x16xi32> -> tensor<8x16xi32>
  return
}

// CHECK-LABEL: @topk_indices
// CHECK: tile.topk_indices %{{.+}}, %{{.+}} : tensor<8x16xf32>, tensor<8x16xi32> -> tensor<8x16xi32>
func.func @topk_indices(%v: tensor<8x16xf32>, %i: tensor<8x16xi32>) {
  %sorted = tile.topk_indices %v, %i
      : tensor<8x16xf32>, tensor<8x16xi32> -> tensor<8x16xi32>
  return
}

// CHECK-LABEL: @block_max
// CHECK: tile.block_max %{{.+}} by 64 : tensor<8x128xf32> -> tensor<8x2xf32>
func.func @block_max(%s: tensor<8x128xf32>) {
  %b = tile.block_max %s by 64 : tensor<8x128xf32> -> tensor<8x2xf32>
  return
}
