// Key sets that are wrong in one method each (test/lib/Plugins/Broken.cpp): the properties of that method
// fail, and no others.
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestBroken.so --attn-check-key-sets \
// RUN:   --verify-diagnostics

attn.spec @broken heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @good sees #test_broken.causal<"nothing">
  // expected-error@+1 {{#test_broken.causal<"num_keys"> is not its equation (number of keys): length 0: expected emitNumKeys to give 0, as getNumKeys does, got 1}}
  attn.branch @num_keys sees #test_broken.causal<"num_keys">
  // expected-error@+1 {{is not its equation (number of keys): length 0: expected getNumKeys to give 0 to 0, the rows of 1 tokens each that getKeyStride leaves, got 1}}
  attn.branch @too_many_keys sees #test_broken.causal<"too_many_keys">
  // expected-error@+1 {{is not its equation (number of keys): length 1: expected getNumKeys to give 0 to 0, the rows of 2 tokens each that getKeyStride leaves, got 1}}
  attn.branch @long_stride sees #test_broken.causal<"long_stride">
  // expected-error@+1 {{is not its equation (visits): length 1, queries 0 to 0, key blocks of}}
  attn.branch @visits sees #test_broken.causal<"visits">
  // expected-error@+1 {{expected visits of blocks 0 to}}
  attn.branch @beyond sees #test_broken.causal<"beyond">
  // expected-error@+1 {{expected not to see it, got that it sees it from full block}}
  attn.branch @full sees #test_broken.causal<"full">
  // expected-error@+1 {{is not its equation (visits): length 1, queries 0 to 0, key blocks of 1: expected full blocks that are visited, of [0, 1), got [2, 4)}}
  attn.branch @full_outside sees #test_broken.causal<"full_outside">
}

attn.spec @more heads 4 over 2 dims 16 x 16 of f32 gates logits {
  // Each set is tried once.
  attn.branch @again sees #test_broken.causal<"visits">
  // expected-error@+3 {{is not its equation (mask far out): length 1073741824, query 1073741823, key 1073741823: expected 1 of the mask, got 0}}
  // expected-error@+2 {{is not its equation (transposed mask): length 1, query 0, key 0: expected to see it, got that it does not from the mask of block 0 of 1 keys}}
  // expected-error@+1 {{is not its equation (mask): length 2, query 0, key 0: expected to see it, got that it does not from the mask of block 0}}
  attn.branch @mask sees #test_broken.causal<"mask">
  // expected-error@+2 {{is not its equation (mask far out): length 1073741824, query 1073741823, key 1073741823: expected 1 of the mask, got 0}}
  // expected-error@+1 {{is not its equation (mask of scalars): query 40, key 40: expected the mask of scalars to be that of tensors, 1, got 0}}
  attn.branch @scalar sees #test_broken.causal<"scalar">
  // expected-error@+1 {{is not its equation (mask far out): length 1073741824}}
  attn.branch @far sees #test_broken.causal<"far">
  // expected-error@+1 {{is not its equation (transpose): length 1, key block 0 of}}
  attn.branch @transpose sees #test_broken.causal<"transpose">
  // expected-error@+1 {{is not its equation (cost): length 63, lists of 1: expected a cost of 2016 pairs, got 2017}}
  attn.branch @cost sees #test_broken.causal<"cost">
  // expected-error@+1 {{is not its equation (cost): length 1, lists of 1: expected a cost of 1 pairs, got nan}}
  attn.branch @cost_nan sees #test_broken.causal<"cost_nan">
}

attn.spec @transposed heads 4 over 2 dims 16 x 16 of f32 gates logits {
  // expected-error-re@+1 {{is not its equation (transposed mask): length {{[0-9]+}}, query {{[0-9]+}}, key {{[0-9]+}}: expected not to see it, got that it sees it from the mask of block}}
  attn.branch @near_mask sees #test_broken.causal<"near_mask">
  // expected-error@+1 {{is not its equation (transpose): length 1, key block 0 of 1: expected queries from 0 on, got [-1, 1) and full ones of [0, 1)}}
  attn.branch @negative_queries sees #test_broken.causal<"negative_queries">
  // expected-error-re@+1 {{is not its equation (transpose): length {{[0-9]+}}, key block {{[0-9]+}} of {{[0-9]+}}: expected full queries to see all keys of it, got query {{[0-9]+}}, which does not see key {{[0-9]+}}}}
  attn.branch @full_queries sees #test_broken.causal<"full_queries">
  // expected-error@+1 {{is not its equation (transpose): length 1, key block 0 of 1: expected full queries that are in [0, 1), got [0, 2)}}
  attn.branch @full_queries_outside sees #test_broken.causal<"full_queries_outside">
}

// Widths that are no powers of two are tried, and long sequences.
attn.spec @rare heads 4 over 2 dims 16 x 16 of f32 gates logits {
  // expected-error-re@+1 {{is not its equation (visits): length {{[0-9]+}}, queries {{[0-9]+}} to {{[0-9]+}}, key blocks of 48: expected block 0 to be visited}}
  attn.branch @block_48 sees #test_broken.causal<"block_48">
  // expected-error-re@+1 {{is not its equation (visits): length {{[0-9][0-9][0-9][0-9]}}, queries}}
  attn.branch @long sees #test_broken.causal<"long">
}

// Answers of no use are said once, whatever properties ask for them.
attn.spec @useless heads 4 over 2 dims 16 x 16 of f32 gates logits {
  // expected-error@+1 {{is not its equation (visits): expected what emitVisits emits for constants to fold, as that of IntegerBuilder does, got arith.addi}}
  attn.branch @unfolded sees #test_broken.causal<"unfolded">
  // expected-error@+1 {{is not its equation (number of keys): expected emitNumKeys to give a number of type index, got null}}
  attn.branch @null_num_keys sees #test_broken.causal<"null_num_keys">
  // expected-error@+1 {{is not its equation (visits): expected emitVisits to give an end of type index, got null}}
  attn.branch @null_end sees #test_broken.causal<"null_end">
  // expected-error@+1 {{is not its equation (visits): expected emitVisits to give a fullBegin of type index, got i32}}
  attn.branch @visits_of_i32 sees #test_broken.causal<"visits_of_i32">
  // expected-error@+1 {{is not its equation (mask): expected emitMask to give i1 in the shape of the positions, got null}}
  attn.branch @null_mask sees #test_broken.causal<"null_mask">
  // expected-error@+1 {{is not its equation (mask): expected emitMask to give i1 in the shape of the positions, got i32}}
  attn.branch @mask_of_i32 sees #test_broken.causal<"mask_of_i32">
  // expected-error@+1 {{is not its equation (transpose): expected emitTranspose to give a begin of type index, got null}}
  attn.branch @null_transpose sees #test_broken.causal<"null_transpose">
  // expected-error@+1 {{is not its equation (transpose): expected emitTranspose to give a fullEnd of type index, got null}}
  attn.branch @null_full_queries sees #test_broken.causal<"null_full_queries">
}

// An operation that takes any attribute refuses none.
// expected-error@+1 {{#test_broken.causal<"stride"> is not its equation (numbers): expected getKeyStride to give at least 1, got 0}}
func.func private @stride() attributes {keys = #test_broken.causal<"stride">}
