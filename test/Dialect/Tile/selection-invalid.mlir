// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @band_sum_c1(%p: tensor<8x64xf32>, %c: tensor<8x1xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected stride to divide block and into, and these to be at most 1048576, got stride = 16, block = 32 and into = 24}}
  %0:2 = tile.band_sum %p carry %c block 32 stride 16 into 24 : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @band_sum_c1_zero(%p: tensor<8x64xf32>, %c: tensor<8x1xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected stride to divide block and into, and these to be at most 1048576, got stride = 0, block = 32 and into = 64}}
  %0:2 = tile.band_sum %p carry %c block 32 stride 0 into 64 : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @band_sum_c2(%p: tensor<8x62xf32>, %c: tensor<8x1xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected a multiple of into / stride = 4 input columns, got 62}}
  %0:2 = tile.band_sum %p carry %c block 32 stride 16 into 64 : tensor<8x62xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @band_sum_c3(%p: tensor<8x64xf32>, %c: tensor<8x1xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected scores of 8 x 16, with at least the halo of 1 columns, got 'tensor<8x17xf32>'}}
  %0:2 = tile.band_sum %p carry %c block 32 stride 16 into 64 : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x17xf32>
  return
}

// -----

func.func @band_sum_c3_halo(%p: tensor<8x2xf32>, %c: tensor<8x2xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected scores of 8 x 1, with at least the halo of 2 columns, got 'tensor<8x1xf32>'}}
  %0:2 = tile.band_sum %p carry %c block 64 stride 16 into 32 : tensor<8x2xf32>, tensor<8x2xf32> -> tensor<8x1xf32>
  return
}

// -----

func.func @band_sum_c4(%p: tensor<8x64xf32>, %c: tensor<8x2xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected carries of 8 x 1, got 'tensor<8x2xf32>'}}
  %0:2 = tile.band_sum %p carry %c block 32 stride 16 into 64 : tensor<8x64xf32>, tensor<8x2xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @band_sum_large_stride(%p: tensor<8x64xf32>, %c: tensor<8x1xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected scores of 8 x 64, with at least the halo of 1 columns, got 'tensor<8x16xf32>'}}
  %0:2 = tile.band_sum %p carry %c block 1048576 stride 1048576 into 1048576 : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @topk_update_c1(%v: tensor<8x16xf32>, %i: tensor<8x16xi32>, %s: tensor<4x32xf32>, %base: index) {
  // expected-error @+1 {{'tile.topk_update' op expected rows to agree, got 8 and 4}}
  %0:2 = tile.topk_update %v, %i with %s at %base : tensor<8x16xf32>, tensor<8x16xi32>, tensor<4x32xf32>
  return
}

// -----

func.func @topk_update_c2(%v: tensor<8x16xf32>, %i: tensor<8x8xi32>, %s: tensor<8x32xf32>, %base: index) {
  // expected-error @+1 {{'tile.topk_update' op expected values and indices of one shape, got 'tensor<8x16xf32>' and 'tensor<8x8xi32>'}}
  %0:2 = tile.topk_update %v, %i with %s at %base : tensor<8x16xf32>, tensor<8x8xi32>, tensor<8x32xf32>
  return
}

// -----

func.func @topk_update_c2_encoding(%v: tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>, %i: tensor<4x16xi32, #tile.queued<warps = 4, queue = 1>>, %s: tensor<4x32xf32, #tile.lanes<warps = 4>>, %base: index) {
  // expected-error @+1 {{'tile.topk_update' op expected values and indices of one encoding, got 'tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>' and 'tensor<4x16xi32, #tile.queued<warps = 4, queue = 1>>'}}
  %0:2 = tile.topk_update %v, %i with %s at %base : tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>, tensor<4x16xi32, #tile.queued<warps = 4, queue = 1>>, tensor<4x32xf32, #tile.lanes<warps = 4>>
  return
}

// -----

func.func @topk_indices_c1(%v: tensor<8x16xf32>, %i: tensor<8x16xi32>) {
  // expected-error @+1 {{'tile.topk_indices' op expected indices of one shape, got 'tensor<8x16xi32>' and 'tensor<8x8xi32>'}}
  %0 = tile.topk_indices %v, %i : tensor<8x16xf32>, tensor<8x16xi32> -> tensor<8x8xi32>
  return
}

// -----

func.func @topk_indices_c1_values(%v: tensor<8x8xf32>, %i: tensor<8x16xi32>) {
  // expected-error @+1 {{'tile.topk_indices' op expected values and indices of one shape, got 'tensor<8x8xf32>' and 'tensor<8x16xi32>'}}
  %0 = tile.topk_indices %v, %i : tensor<8x8xf32>, tensor<8x16xi32> -> tensor<8x16xi32>
  return
}

// -----

func.func @topk_indices_c2(%v: tensor<4x16xf32, #tile.lanes<warps = 4>>, %i: tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>) {
  // expected-error @+1 {{'tile.topk_indices' op expected values and indices of one encoding, got 'tensor<4x16xf32, #tile.lanes<warps = 4>>' and 'tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>'}}
  %0 = tile.topk_indices %v, %i : tensor<4x16xf32, #tile.lanes<warps = 4>>, tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>> -> tensor<4x16xi32, #tile.lanes<warps = 4>>
  return
}

// -----

func.func @band_sum_c1_huge(%p: tensor<8x64xf32>, %c: tensor<8x1xf32>) {
  // expected-error @+1 {{'tile.band_sum' op expected stride to divide block and into, and these to be at most 1048576, got stride = 16, block = 4611686018427387904 and into = 64}}
  %b, %n = tile.band_sum %p carry %c block 4611686018427387904 stride 16 into 64 : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @block_max_c1(%s: tensor<8x100xf32>) {
  // expected-error @+1 {{'tile.block_max' op expected keys to divide the input's columns, got 64 and 100}}
  %b = tile.block_max %s by 64 : tensor<8x100xf32> -> tensor<8x2xf32>
  return
}

// -----

func.func @block_max_c2(%s: tensor<8x128xf32>) {
  // expected-error @+1 {{'tile.block_max' op expected scores of 8 x 2, got 'tensor<8x4xf32>'}}
  %b = tile.block_max %s by 64 : tensor<8x128xf32> -> tensor<8x4xf32>
  return
}
