// What operations refuse of a key set of a plugin (test/lib/Plugins/Broken.cpp).
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestBroken.so -split-input-file -verify-diagnostics

attn.spec @branch_c10_stride heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{'attn.branch' op #test_broken.causal<"stride">: expected getKeyStride to give at least 1, got 0}}
  attn.branch @b sees #test_broken.causal<"stride">
}

// -----

attn.spec @branch_c10_block heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected getIndexBlock to give at least 1 where needsIndices is true, got 0}}
  attn.branch @b sees #test_broken.causal<"no_index_block">
}

// -----

attn.spec @branch_c10_negative heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected getIndexBlock to give at least 0, got -1}}
  attn.branch @b sees #test_broken.causal<"index_block">
}

// -----

func.func @attend_c16(%q: tensor<32x4x16xf32>, %k: tensor<32x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error@+1 {{'attn.attend' op #test_broken.causal<"stride">: expected getKeyStride to give at least 1, got 0}}
  %o, %lse = attn.attend %q sees #test_broken.causal<"stride"> in %k, %k, %cu
      : tensor<32x4x16xf32>, tensor<32x2x16xf32>, tensor<32x2x16xf32>, tensor<?xi32> -> tensor<32x4x16xf32>, tensor<32x4xf32>
  return
}

// -----

func.func @index_blocks_c8(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error@+1 {{'attn.index_blocks' op #test_broken.causal<"stride">: expected getKeyStride to give at least 1, got 0}}
  %s = attn.index_blocks %q over #test_broken.causal<"stride"> into #attn.selected<block = 16> in %k, %cu
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}
