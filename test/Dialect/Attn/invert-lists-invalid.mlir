// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @invert_lists_c1_heads(%i: tensor<?x?x16xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected static kv heads of indices, 1 to 4096, and lists of 1 to 4096 blocks, got 'tensor<?x?x16xi32>'}}
  %l:2 = attn.invert_lists %i over %cu block 64
      : tensor<?x?x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c1_listed(%i: tensor<?x4x4097xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected static kv heads of indices, 1 to 4096, and lists of 1 to 4096 blocks, got 'tensor<?x4x4097xi32>'}}
  %l:2 = attn.invert_lists %i over %cu block 64
      : tensor<?x4x4097xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x4097xi32>
  return
}

// -----

func.func @invert_lists_c2(%i: tensor<?x4x16xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected bounds to be [?, 4, 2], got 'tensor<?x4x3xi32>'}}
  %l:2 = attn.invert_lists %i over %cu block 64
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x3xi32>, tensor<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c3(%i: tensor<?x4x16xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected entries to be [?, 4, 16], got 'tensor<?x4x15xi32>'}}
  %l:2 = attn.invert_lists %i over %cu block 64
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x15xi32>
  return
}

// -----

func.func @invert_lists_c4(%i: tensor<?x4x16xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected a block of 1 to 2147483647 tokens, got 0}}
  %l:2 = attn.invert_lists %i over %cu block 0
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c4_huge(%i: tensor<?x4x16xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected a block of 1 to 2147483647 tokens, got 2147483648}}
  %l:2 = attn.invert_lists %i over %cu block 2147483648
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c5(%i: tensor<100x4x16xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected indices and entries to agree in rows, got 100 and 99}}
  %l:2 = attn.invert_lists %i over %cu block 64
      : tensor<100x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<99x4x16xi32>
  return
}

// -----

func.func @invert_lists_c6(%i: tensor<67108864x2x16xi32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected at most 2147483647 entries, got 67108864 tokens of 32}}
  %l:2 = attn.invert_lists %i over %cu block 64
      : tensor<67108864x2x16xi32>, tensor<?xi32> -> tensor<?x2x2xi32>, tensor<?x2x16xi32>
  return
}

// -----

func.func @invert_lists_c7_missing(%i: tensor<?x4x16xi32>, %cu: tensor<?xi32>) {
  %batch = attn.batch queries %cu keys %cu : tensor<?xi32>, tensor<?xi32>
  // expected-error @+1 {{'attn.invert_lists' op expected k exactly where there is a batch, got a batch alone}}
  %b, %e = attn.invert_lists %i over %batch block 64
      : tensor<?x4x16xi32>, !attn.batch -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c7_superfluous(%i: tensor<?x4x16xi32>, %k: tensor<?x4x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.invert_lists' op expected k exactly where there is a batch, got k over cu_seqlens}}
  %b, %e = attn.invert_lists %i over %cu block 64 for %k : tensor<?x4x16xf32>
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c5_of_keys(%i: tensor<?x4x16xi32>, %k: tensor<9x4x16xf32>, %cu: tensor<?xi32>) {
  %batch = attn.batch queries %cu keys %cu : tensor<?xi32>, tensor<?xi32>
  // expected-error @+1 {{'attn.invert_lists' op expected k and bounds to agree in rows, got 9 and 8}}
  %b, %e = attn.invert_lists %i over %batch block 64 for %k : tensor<9x4x16xf32>
      : tensor<?x4x16xi32>, !attn.batch -> tensor<8x4x2xi32>, tensor<?x4x16xi32>
  return
}
