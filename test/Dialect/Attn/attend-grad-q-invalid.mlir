// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @attend_grad_q_as_attend_c1(%q: tensor<?x4x16xf32>, %k: tensor<?x3x16xf32>, %v: tensor<?x3x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected kv heads to divide query heads, got 3 and 4}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x3x16xf32>, tensor<?x3x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_as_attend_c6(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected indices exactly where the key set needs them, got no indices for #attn.selected<block = 4>}}
  %d = attn.attend_grad_q %q sees #attn.selected<block = 4> in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_as_attend_c10(%q: tensor<10x4x16xf32>, %k: tensor<3x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected 2 key rows for 10 tokens of stride 4, got 3}}
  %d = attn.attend_grad_q %q sees #attn.compressed<block = 4, stride = 4> in %k, %v, %cu of %do, %lse, %delta
      : tensor<10x4x16xf32>, tensor<3x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_c1_dout(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x16xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected dout to be [?, 4, 8], got 'tensor<?x4x16xf32>'}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x16xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_c1_element(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf16>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected q, k, v and dout to agree in element type, got 'f32' and 'f16'}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf16>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_c1_lse(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x2xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected lse to be [?, 4], got 'tensor<?x2xf32>'}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x2xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_c1_delta(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x2xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected delta to be [?, 4], got 'tensor<?x2xf32>'}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x2xf32> -> tensor<?x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_c2(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected dq to be [?, 4, 16], got 'tensor<?x4x8xf32>'}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x8xf32>
  return
}

// -----

func.func @attend_grad_q_c2_element(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected dq to be of 'f32', got 'f16'}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf16>
  return
}

// -----

func.func @attend_grad_q_c3(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected a gradient for each of 0 learned values, got 1}}
  %d:2 = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @attend_grad_q_c4(%q: tensor<5x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected q and dq to agree in rows, got 5 and 6}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta
      : tensor<5x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<6x4x16xf32>
  return
}

// -----

func.func @attend_grad_q_c5(%q: tensor<?x4x16xf32>, %k: tensor<?x2x16xf32>, %v: tensor<?x2x8xf32>, %cu: tensor<?xi32>,
    %do: tensor<?x4x8xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>, %base: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.attend_grad_q' op expected base and dq to have one type, got 'tensor<?x4x8xf32>' and 'tensor<?x4x16xf32>'}}
  %d = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta onto %base : tensor<?x4x8xf32>
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>, tensor<?x4x8xf32>,
        tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x16xf32>
  return
}
