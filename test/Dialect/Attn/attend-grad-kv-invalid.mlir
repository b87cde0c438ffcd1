// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @attend_grad_kv_as_attend_c1(%q: tensor<?x4x16xf32>, %k: tensor<?x3x16xf32>, %v: tensor<?x3x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected kv heads to divide query heads, got 3 and 4}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x3x16xf32>, tensor<?x3x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_as_attend_c6(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected entries exactly where the key set needs them, got no entries for #attn.selected<block = 4>}}
  %d:2 = attn.attend_grad_kv %q sees #attn.selected<block = 4> in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_as_attend_c10(%q: tensor<10x4x16xf32>, %k: tensor<3x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected 2 key rows for 10 tokens of stride 4, got 3}}
  %d:2 = attn.attend_grad_kv %q sees #attn.compressed<block = 4, stride = 4> in %k, %v, %cu of %do, %lse, %delta
      : tensor<10x4x16xf32>, tensor<3x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_c1_dout(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x16xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected dout to be [?, 4, 8], got 'tensor<?x4x16xf32>'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x16xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_c1_element(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf16>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected q, k, v and dout to agree in element type, got 'f32' and 'f16'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf16>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_c1_lse(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x2xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected lse to be [?, 4], got 'tensor<?x2xf32>'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x2xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_c1_delta(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x2xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected delta to be [?, 4], got 'tensor<?x2xf32>'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x2xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_c2_dk(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected dk to be [?, 2, 16], got 'tensor<?x4x16xf32>'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_c2_dv(%q: tensor<?x4x16xbf16>, %k: tensor<?x2x16xbf16>, %v: tensor<?x2x8xbf16>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xbf16>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected dv to be of 'bf16' or 'f32', got 'f16'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x8xbf16>, tensor<?xi32>, tensor<?x4x8xbf16>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf16>
  return
}

// -----

func.func @attend_grad_kv_c3(%q: tensor<?x4x16xf32>, %k: tensor<5x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected k and dv to agree in rows, got 5 and 6}}
  %d:2 = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<5x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<6x2x8xf32>
  return
}

// -----

func.func @attend_grad_kv_c4_without_bounds(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %cu: tensor<?xi32>,
    %lse: tensor<?x4xf32>, %entries: tensor<?x2x8xi32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected bounds exactly where there are entries, got entries alone}}
  %d:2 = "attn.attend_grad_kv"(%q, %k, %k, %cu, %q, %lse, %lse, %entries) ({})
      {keys = #attn.selected<block = 4>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 0, 1, 0>}
      : (tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32>, tensor<?x4x16xf32>,
         tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x2x8xi32>) -> (tensor<?x2x16xf32>, tensor<?x2x16xf32>)
  return
}

// -----

func.func @attend_grad_kv_c4_without_entries(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %cu: tensor<?xi32>,
    %lse: tensor<?x4xf32>, %bounds: tensor<?x2x2xi32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected bounds exactly where there are entries, got bounds alone}}
  %d:2 = "attn.attend_grad_kv"(%q, %k, %k, %cu, %q, %lse, %lse, %bounds) ({})
      {keys = #attn.causal, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 0, 0>}
      : (tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32>, tensor<?x4x16xf32>,
         tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x2x2xi32>) -> (tensor<?x2x16xf32>, tensor<?x2x16xf32>)
  return
}

// -----

func.func @attend_grad_kv_c4_shape(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %cu: tensor<?xi32>,
    %lse: tensor<?x4xf32>, %bounds: tensor<?x2x8xi32>, %entries: tensor<?x2x8xi32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected bounds to be [?, 2, 2], got 'tensor<?x2x8xi32>'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.selected<block = 4> in %k, %k, %cu of %q, %lse, %lse
      listed(%bounds, %entries : tensor<?x2x8xi32>, tensor<?x2x8xi32>)
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32>, tensor<?x4x16xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x16xf32>
  return
}

// -----

func.func @attend_grad_kv_as_attend_c6_entries(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %cu: tensor<?xi32>,
    %lse: tensor<?x4xf32>, %bounds: tensor<?x2x2xi32>, %entries: tensor<?x4x8xi32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected entries to be [T, 2, n] of a static n >= 1, got 'tensor<?x4x8xi32>'}}
  %d:2 = attn.attend_grad_kv %q sees #attn.selected<block = 4> in %k, %k, %cu of %q, %lse, %lse
      listed(%bounds, %entries : tensor<?x2x2xi32>, tensor<?x4x8xi32>)
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32>, tensor<?x4x16xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x16xf32>
  return
}

// -----

func.func @attend_grad_kv_c3_bounds(%q: tensor<5x4x16xf32>, %k: tensor<?x2x16xf32>, %cu: tensor<?xi32>,
    %lse: tensor<?x4xf32>, %bounds: tensor<6x2x2xi32>, %entries: tensor<?x2x8xi32>) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected q and bounds to agree in rows, got 5 and 6}}
  %d:2 = attn.attend_grad_kv %q sees #attn.selected<block = 4> in %k, %k, %cu of %q, %lse, %lse
      listed(%bounds, %entries : tensor<6x2x2xi32>, tensor<?x2x8xi32>)
      : tensor<5x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32>, tensor<5x4x16xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x16xf32>
  return
}
