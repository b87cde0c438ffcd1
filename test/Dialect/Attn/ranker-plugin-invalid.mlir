// What operations refuse of a ranker of a plugin (test/lib/Plugins/BrokenIndex.cpp).
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestBroken.so -split-input-file -verify-diagnostics

attn.spec @ranker_c3_none heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{'attn.ranker' op #test_broken.index<"no_name">: expected getArguments to give distinct names of letters, digits and '_', got ""}}
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"no_name">
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @ranker_c3_word heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected getArguments to give distinct names of letters, digits and '_', got "a b"}}
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"no_word">
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @ranker_c3_two heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected getArguments to give distinct names of letters, digits and '_', got "q"}}
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"two_names">
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @ranker_c4_null heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected getArguments to give x a tensor of f32, f16, bf16 or i32, of which the first size alone may be dynamic, got null}}
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"null_type">
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @ranker_c4_f64 heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected getArguments to give x a tensor of f32, f16, bf16 or i32, of which the first size alone may be dynamic, got 'tensor<4xf64>'}}
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"f64">
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @ranker_c4_dynamic heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected getArguments to give x a tensor of f32, f16, bf16 or i32, of which the first size alone may be dynamic, got 'tensor<4x?xf32>'}}
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"dynamic">
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @says_and_succeeds heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"says_and_succeeds">
  // expected-error@+1 {{'attn.branch' op expected this to be refused}}
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @fails_silently heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"fails_silently">
  // expected-error@+1 {{'attn.branch' op #test_broken.index<"fails_silently">: expected verifyBlocks to say what it refuses, got a failure without a diagnostic}}
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}
