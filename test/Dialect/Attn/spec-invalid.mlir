// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{'attn.spec' op expected at least one branch, got none}}
attn.spec @spec_c1 heads 8 over 2 dims 64 x 64 of f32 {
}

// -----

// expected-error @+1 {{'attn.spec' op expected kv heads to divide heads, got 3 and 8}}
attn.spec @spec_c2 heads 8 over 3 dims 64 x 64 of f32 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected kv heads to divide heads, got 0 and 8}}
attn.spec @spec_c2_zero heads 8 over 0 dims 64 x 64 of f32 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected kv heads to divide heads, got 2 and -8}}
attn.spec @spec_c2_negative heads -8 over 2 dims 64 x 64 of f32 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected dims to be at least 1, got 64 x 0}}
attn.spec @spec_c3 heads 8 over 2 dims 64 x 0 of f32 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected dims to be at least 1, got -8 x 64}}
attn.spec @spec_c3_negative heads 8 over 2 dims -8 x 64 of f32 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected `gates logits` or `gates values` with 2 branches, got no gates}}
attn.spec @spec_c4 heads 8 over 2 dims 64 x 64 of f32 {
  attn.branch @a sees #attn.causal
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected element type f32, f16 or bf16, got 'f64'}}
attn.spec @spec_c5 heads 8 over 2 dims 64 x 64 of f64 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected a scale from 8.2e-39 to 5.8e+37, so that f32 holds it times log2 e, got -1.000000e+00}}
attn.spec @spec_c6 heads 8 over 2 dims 64 x 64 of f32 scale -1.0 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected at least one entry, got none}}
"attn.spec"() ({
  attn.branch @b sees #attn.causal
}) {sym_name = "spec_c7", heads = 1 : i64, kvHeads = 1 : i64, dk = 8 : i64, dv = 8 : i64,
    elementType = f32, entries = 0 : i32} : () -> ()

// -----

// expected-error @+1 {{expected forward, backward, extend or decode, got 'sideways'}}
attn.spec @unknown_entry heads 8 over 2 dims 64 x 64 of f32 entries sideways {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected branches and rankers only, got arith.constant}}
attn.spec @spec_c8 heads 8 over 2 dims 64 x 64 of f32 {
  attn.branch @b sees #attn.causal
  %0 = arith.constant 0 : index
}

// -----

attn.spec @two_branches_of_one_name heads 8 over 2 dims 64 x 64 of f32 gates logits {
  // expected-note @+1 {{see existing symbol definition here}}
  attn.branch @b sees #attn.causal
  // expected-error @+1 {{redefinition of symbol named 'b'}}
  attn.branch @b sees #attn.window<4>
}

// -----

// expected-error @+1 {{'attn.spec' op expected at most 4096 heads, got 4611686018427387904}}
attn.spec @spec_c2_huge heads 4611686018427387904 over 4611686018427387904 dims 64 x 64 of f32 {
  attn.branch @b sees #attn.causal
}

// -----

// Products of such sizes do not fit 64 bits.
// expected-error @+1 {{'attn.spec' op expected dims of at most 4096, got 4611686018427387904 x 8}}
attn.spec @spec_c3_huge heads 2 over 1 dims 4611686018427387904 x 8 of f32 {
  attn.branch @c sees #attn.compressed<block = 1048576, stride = 1> by #attn.phi<mlp, hidden = 4096>
}

// -----

// expected-error @+1 {{'attn.spec' op expected at most 8 branches, got 9}}
attn.spec @spec_c1_many heads 2 over 1 dims 8 x 8 of f32 gates logits {
  attn.branch @b0 sees #attn.causal
  attn.branch @b1 sees #attn.causal
  attn.branch @b2 sees #attn.causal
  attn.branch @b3 sees #attn.causal
  attn.branch @b4 sees #attn.causal
  attn.branch @b5 sees #attn.causal
  attn.branch @b6 sees #attn.causal
  attn.branch @b7 sees #attn.causal
  attn.branch @b8 sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected pages of a power of 2 from 16 to 256 tokens, got 8}}
attn.spec @spec_c10_few heads 2 over 1 dims 8 x 8 of f32 entries extend pages 8 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected pages of a power of 2 from 16 to 256 tokens, got 48}}
attn.spec @spec_c10_power heads 2 over 1 dims 8 x 8 of f32 entries extend pages 48 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected the entry extend or decode, whose keys lie in pages, and no backward, got forward}}
attn.spec @spec_c10_forward heads 2 over 1 dims 8 x 8 of f32 pages 64 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected the entry extend or decode, whose keys lie in pages, and no backward, got backward|extend}}
attn.spec @spec_c10_backward heads 2 over 1 dims 8 x 8 of f32 entries extend|backward pages 64 {
  attn.branch @b sees #attn.causal
}

// -----

// expected-error @+1 {{'attn.spec' op expected no branch of compressed keys with pages, got @c}}
attn.spec @spec_c10_compressed heads 2 over 1 dims 8 x 8 of f32 entries extend pages 64 {
  attn.branch @c sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
}

// -----

// expected-error @+1 {{'attn.spec' op expected pages, which heads_first and interleaved say more of, got none}}
"attn.spec"() <{sym_name = "spec_c10_none", heads = 2 : i64, kvHeads = 1 : i64, dk = 8 : i64, dv = 8 : i64, elementType = f32, headsFirst}> ({
  "attn.branch"() <{sym_name = "b", keys = #attn.causal}> ({}) : () -> ()
}) : () -> ()

// -----

// expected-error @+1 {{'attn.spec' op expected keys of a multiple of 8 columns, behind which values are interleaved, got 12}}
attn.spec @spec_c10_columns heads 2 over 1 dims 12 x 8 of f32 entries extend pages 16 interleaved {
  attn.branch @b sees #attn.causal
}
