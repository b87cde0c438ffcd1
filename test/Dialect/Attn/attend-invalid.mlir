// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @attend_c1(%q: tensor<?x8x64xf32>, %k: tensor<?x3x64xf32>,
    %v: tensor<?x3x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected kv heads to divide query heads, got 3 and 8}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x3x64xf32>, tensor<?x3x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c2(%q: tensor<?x8x64xf32>, %k: tensor<?x2x32xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected q and k to agree in Dk, got 64 and 32}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x2x32xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c3(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x4x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected k and v to agree in heads, got 2 and 4}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x4x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c4(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected q, k, v and out to agree in element type, got 'f32' and 'f16'}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf16>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c5_out(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected out to be [?, 8, 16], got 'tensor<?x8x64xf32>'}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x16xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c5_lse(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected lse to be [?, 8], got 'tensor<?x2xf32>'}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x2xf32>
  return
}

// -----

func.func @attend_c6_missing(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected indices exactly where the key set needs them, got no indices for #attn.selected<block = 64>}}
  %o:2 = attn.attend %q sees #attn.selected<block = 64> in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c6_unused(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %i: tensor<?x2x16xi32>) {
  // expected-error @+1 {{'attn.attend' op expected indices exactly where the key set needs them, got indices for #attn.causal}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu indices(%i : tensor<?x2x16xi32>)
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c6_heads(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %i: tensor<?x8x16xi32>) {
  // expected-error @+1 {{'attn.attend' op expected indices to be [T, 2, n] of a static n >= 1, got 'tensor<?x8x16xi32>'}}
  %o:2 = attn.attend %q sees #attn.selected<block = 64> in %k, %v, %cu indices(%i : tensor<?x8x16xi32>)
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c6_dynamic(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %i: tensor<?x2x?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected indices to be [T, 2, n] of a static n >= 1, got 'tensor<?x2x?xi32>'}}
  %o:2 = attn.attend %q sees #attn.selected<block = 64> in %k, %v, %cu indices(%i : tensor<?x2x?xi32>)
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c7_dynamic(%q: tensor<?x8x64xf32>, %k: tensor<?x?x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected static heads and dim of k, at least 1, got 'tensor<?x?x64xf32>'}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<?x?x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c7_zero(%q: tensor<?x8x0xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected static heads and dim of q, at least 1, got 'tensor<?x8x0xf32>'}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x0xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c8_zero(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected a scale from 8.2e-39 to 5.8e+37, so that f32 holds it times log2 e, got 0.000000e+00}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu scale 0.0
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c8_infinite(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected a scale from 8.2e-39 to 5.8e+37, so that f32 holds it times log2 e, got INF}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu scale 0x7FF0000000000000
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c9_tokens(%q: tensor<100x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected q and lse to agree in rows, got 100 and 99}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<100x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<99x8xf32>
  return
}

// -----

func.func @attend_c9_keys(%q: tensor<?x8x64xf32>, %k: tensor<100x2x64xf32>,
    %v: tensor<99x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected k and v to agree in rows, got 100 and 99}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x8x64xf32>, tensor<100x2x64xf32>, tensor<99x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c10(%q: tensor<100x8x64xf32>, %k: tensor<5x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected 6 key rows for 100 tokens of stride 16, got 5}}
  %o:2 = attn.attend %q sees #attn.compressed<block = 32, stride = 16> in %k, %v, %cu
      : tensor<100x8x64xf32>, tensor<5x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>
      -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c7_wide(%q: tensor<?x4x4097xf32>, %k: tensor<?x2x4097xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected at most 4096 heads and a dim of at most 4096 of q, got 'tensor<?x4x4097xf32>'}}
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu
      : tensor<?x4x4097xf32>, tensor<?x2x4097xf32>, tensor<?x2x4097xf32>, tensor<?xi32> -> tensor<?x4x4097xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @attend_c6_long(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %cu: tensor<?xi32>, %i: tensor<?x2x4097xi32>) {
  // expected-error @+1 {{'attn.attend' op expected lists of at most 4096 blocks, got 'tensor<?x2x4097xi32>'}}
  %o, %l = attn.attend %q sees #attn.selected<block = 64> in %k, %k, %cu indices(%i : tensor<?x2x4097xi32>)
      : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x4x8xf32>, tensor<?x4xf32>
  return
}

// -----

// Bytes of a row pass 64 bits.
func.func @huge(%q: tensor<?x4294967296x4294967296xf32>, %k: tensor<?x1x4294967296xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op operand #0 must be packed rows [rows, heads, dim] of}}
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4294967296x4294967296xf32>, tensor<?x1x4294967296xf32>, tensor<?x1x4294967296xf32>, tensor<?xi32> -> tensor<?x4294967296x4294967296xf32>, tensor<?x4294967296xf32>
  return
}
