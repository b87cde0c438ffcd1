// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// ranker_c1
attn.spec @s heads 8 over 2 dims 16 x 16 of f32 {
  // expected-error @+1 {{'attn.ranker' op expected heads, key heads and dim of 1 to 4096, got 0, 1 and 16}}
  attn.ranker @index heads 0 over 1 dim 16 by #attn.max_index
  attn.branch @best sees #attn.selected<block = 8> top 2 initial 0 local 1 ranked by @index
}

// -----

// ranker_c1: dim
attn.spec @s heads 8 over 2 dims 16 x 16 of f32 {
  // expected-error @+1 {{'attn.ranker' op expected heads, key heads and dim of 1 to 4096, got 2, 1 and 5000}}
  attn.ranker @index heads 2 over 1 dim 5000 by #attn.max_index
  attn.branch @best sees #attn.selected<block = 8> top 2 initial 0 local 1 ranked by @index
}

// -----

// ranker_c2
attn.spec @s heads 8 over 2 dims 16 x 16 of f32 {
  // expected-error @+1 {{'attn.ranker' op expected kv heads to divide heads and key heads to divide kv heads, got 3 heads, 2 kv heads and 1 key heads}}
  attn.ranker @index heads 3 over 1 dim 16 by #attn.max_index
  attn.branch @best sees #attn.selected<block = 8> top 2 initial 0 local 1 ranked by @index
}

// -----

// ranker_c2: keys
attn.spec @s heads 8 over 2 dims 16 x 16 of f32 {
  // expected-error @+1 {{'attn.ranker' op expected kv heads to divide heads and key heads to divide kv heads, got 4 heads, 2 kv heads and 4 key heads}}
  attn.ranker @index heads 4 over 4 dim 16 by #attn.max_index
  attn.branch @best sees #attn.selected<block = 8> top 2 initial 0 local 1 ranked by @index
}

// -----

// A ranker alone is no attention: spec_c1
// expected-error @+1 {{'attn.spec' op expected at least one branch, got none}}
attn.spec @s heads 8 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 2 over 1 dim 16 by #attn.max_index
}

// -----

// branch_c5, of a ranker
attn.spec @s heads 8 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 2 over 1 dim 16 by #attn.relu_index<pool = 4>
  // expected-error @+1 {{'attn.branch' op expected pool to divide the selection block, got pool = 4 and block = 6}}
  attn.branch @best sees #attn.selected<block = 6> top 2 initial 0 local 1 ranked by @index
}

// -----

// branch_c4: a ranker below
attn.spec @s heads 8 over 2 dims 16 x 16 of f32 {
  // expected-error @+1 {{'attn.branch' op expected `ranked by` a compressed branch or a ranker above, got @index}}
  attn.branch @best sees #attn.selected<block = 8> top 2 initial 0 local 1 ranked by @index
  attn.ranker @index heads 2 over 1 dim 16 by #attn.max_index
}

// -----

// relu_index_c1
// expected-error @+1 {{expected pool to be 1 to 1048576, got 0}}
func.func private @relu_index_c1() attributes {a = #attn.relu_index<pool = 0>}

// -----

// expected-error @+1 {{expected pool to be 1 to 1048576, got 1048577}}
func.func private @relu_index_c1_large() attributes {a = #attn.relu_index<pool = 1048577>}
