// RUN: fovea-opt %s -split-input-file -verify-diagnostics

attn.spec @branch_c1_missing heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `by` phi exactly for compressed keys, got no phi for #attn.compressed<block = 32, stride = 16>}}
  attn.branch @b sees #attn.compressed<block = 32, stride = 16>
}

// -----

attn.spec @branch_c1_unused heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `by` phi exactly for compressed keys, got phi for #attn.causal}}
  attn.branch @b sees #attn.causal by #attn.phi<mean>
}

// -----

attn.spec @branch_c1_positions heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected positions with phi only, got #attn.causal}}
  "attn.branch"() ({ }) {sym_name = "b", keys = #attn.causal, withPositions} : () -> ()
}

// -----

attn.spec @branch_c2_missing heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `top n initial i local o ranked by @name` exactly where the key set needs indices, got none or a part for #attn.selected<block = 64>}}
  attn.branch @b sees #attn.selected<block = 64>
}

// -----

attn.spec @branch_c2_unused heads 8 over 2 dims 64 x 64 of f32 gates logits {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  // expected-error @+1 {{'attn.branch' op expected `top n initial i local o ranked by @name` exactly where the key set needs indices, got some for #attn.causal}}
  attn.branch @b sees #attn.causal top 4 initial 1 local 2 ranked by @far
}

// -----

attn.spec @branch_c2_part heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `top n initial i local o ranked by @name` exactly where the key set needs indices, got none or a part for #attn.selected<block = 64>}}
  "attn.branch"() ({ }) {sym_name = "b", keys = #attn.selected<block = 64>, count = 4 : i64} : () -> ()
}

// -----

attn.spec @branch_c3 heads 8 over 2 dims 64 x 64 of f32 gates logits {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  // expected-error @+1 {{'attn.branch' op expected count to cover the forced blocks and to be at most 4096, got count = 2, initial = 1 and local = 2}}
  attn.branch @b sees #attn.selected<block = 64> top 2 initial 1 local 2 ranked by @far
}

// -----

attn.spec @branch_c3_zero heads 8 over 2 dims 64 x 64 of f32 gates logits {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  // expected-error @+1 {{'attn.branch' op expected count to cover the forced blocks and to be at most 4096, got count = 0, initial = 0 and local = 0}}
  attn.branch @b sees #attn.selected<block = 64> top 0 initial 0 local 0 ranked by @far
}

// -----

attn.spec @branch_c3_overflow heads 8 over 2 dims 64 x 64 of f32 gates logits {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  // expected-error @+1 {{'attn.branch' op expected count to cover the forced blocks and to be at most 4096, got count = 4, initial = 9223372036854775807 and local = 9223372036854775807}}
  attn.branch @b sees #attn.selected<block = 64> top 4 initial 9223372036854775807 local 9223372036854775807 ranked by @far
}

// -----

attn.spec @branch_c4_unknown heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `ranked by` a compressed branch or a ranker above, got @far}}
  attn.branch @b sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @far
}

// -----

attn.spec @branch_c4_below heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `ranked by` a compressed branch or a ranker above, got @far}}
  attn.branch @b sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @far
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
}

// -----

attn.spec @branch_c4_itself heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `ranked by` a compressed branch or a ranker above, got @b}}
  attn.branch @b sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @b
}

// -----

attn.spec @branch_c4_not_compressed heads 8 over 2 dims 64 x 64 of f32 gates logits {
  attn.branch @far sees #attn.causal
  // expected-error @+1 {{'attn.branch' op expected `ranked by` a compressed branch or a ranker above, got @far}}
  attn.branch @b sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @far
}

// -----

// The branch below is not verified yet, and has no key set to look at.
attn.spec @branch_c4_malformed_source heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-error @+1 {{'attn.branch' op expected `ranked by` a compressed branch or a ranker above, got @far}}
  attn.branch @b sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @far
  // expected-error @+1 {{'attn.branch' op requires attribute 'keys'}}
  "attn.branch"() ({ }) {sym_name = "far"} : () -> ()
}

// -----

attn.spec @branch_c5 heads 8 over 2 dims 64 x 64 of f32 gates logits {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  // expected-error @+1 {{'attn.branch' op expected stride to divide the selection block, got stride = 16 and block = 24}}
  attn.branch @b sees #attn.selected<block = 24> top 4 initial 1 local 2 ranked by @far
}

// -----

// expected-error @+1 {{'attn.branch' op expects parent op 'attn.spec'}}
attn.branch @no_spec sees #attn.causal

// -----

attn.spec @keys_are_no_key_set heads 8 over 2 dims 64 x 64 of f32 {
  // expected-error @+1 {{invalid kind of attribute specified}}
  attn.branch @b sees 4
}

// -----

attn.spec @branch_c3_huge heads 2 over 1 dims 8 x 8 of f32 gates logits {
  attn.branch @c sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  // expected-error @+1 {{'attn.branch' op expected count to cover the forced blocks and to be at most 4096, got count = 2147483647, initial = 1 and local = 2}}
  attn.branch @s sees #attn.selected<block = 64> top 2147483647 initial 1 local 2 ranked by @c
}
