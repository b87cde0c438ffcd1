// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @attend_delta_c1(%do: tensor<?x4x8xf32>, %o: tensor<?x4x16xf32>) {
  // expected-error @+1 {{'attn.attend_delta' op expected dout and out to agree in heads, dim and element type, got 'tensor<?x4x8xf32>' and 'tensor<?x4x16xf32>'}}
  %d = attn.attend_delta %do, %o : tensor<?x4x8xf32>, tensor<?x4x16xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @attend_delta_c2_dlse(%do: tensor<?x4x8xf32>, %o: tensor<?x4x8xf32>, %dlse: tensor<?x2xf32>) {
  // expected-error @+1 {{'attn.attend_delta' op expected dlse to be [?, 4], got 'tensor<?x2xf32>'}}
  %d = attn.attend_delta %do, %o minus %dlse : tensor<?x4x8xf32>, tensor<?x4x8xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @attend_delta_c2_delta(%do: tensor<?x4x8xf32>, %o: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.attend_delta' op expected delta to be [?, 4], got 'tensor<?x2xf32>'}}
  %d = attn.attend_delta %do, %o : tensor<?x4x8xf32>, tensor<?x4x8xf32> -> tensor<?x2xf32>
  return
}

// -----

func.func @attend_delta_c3(%do: tensor<?x?x8xf32>, %o: tensor<?x?x8xf32>) {
  // expected-error @+1 {{'attn.attend_delta' op expected static heads and dim of dout, at least 1, got 'tensor<?x?x8xf32>'}}
  %d = attn.attend_delta %do, %o : tensor<?x?x8xf32>, tensor<?x?x8xf32> -> tensor<?x?xf32>
  return
}

// -----

func.func @attend_delta_c4(%do: tensor<5x4x8xf32>, %o: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.attend_delta' op expected dout and delta to agree in rows, got 5 and 6}}
  %d = attn.attend_delta %do, %o : tensor<5x4x8xf32>, tensor<?x4x8xf32> -> tensor<6x4xf32>
  return
}

// -----

func.func @attend_grad_sinks_c1_dsinks(%s: tensor<4xf32>, %lse: tensor<?x4xf32>, %delta: tensor<?x4xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend_grad_sinks' op expected dsinks to be [4], got 'tensor<2xf32>'}}
  %d = attn.attend_grad_sinks %s, %lse, %delta over %cu : tensor<4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?xi32> -> tensor<2xf32>
  return
}

// -----

func.func @attend_grad_sinks_c1_lse(%s: tensor<4xf32>, %lse: tensor<?x2xf32>, %delta: tensor<?x4xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend_grad_sinks' op expected lse to be [?, 4], got 'tensor<?x2xf32>'}}
  %d = attn.attend_grad_sinks %s, %lse, %delta over %cu : tensor<4xf32>, tensor<?x2xf32>, tensor<?x4xf32>, tensor<?xi32> -> tensor<4xf32>
  return
}

// -----

func.func @attend_grad_sinks_c1_heads(%s: tensor<4097xf32>, %lse: tensor<?x4097xf32>, %delta: tensor<?x4097xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend_grad_sinks' op expected 1 to 4096 heads of sinks, got 'tensor<4097xf32>'}}
  %d = attn.attend_grad_sinks %s, %lse, %delta over %cu : tensor<4097xf32>, tensor<?x4097xf32>, tensor<?x4097xf32>, tensor<?xi32> -> tensor<4097xf32>
  return
}

// -----

func.func @attend_grad_sinks_c2(%s: tensor<4xf32>, %lse: tensor<5x4xf32>, %delta: tensor<6x4xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend_grad_sinks' op expected lse and delta to agree in rows, got 5 and 6}}
  %d = attn.attend_grad_sinks %s, %lse, %delta over %cu : tensor<4xf32>, tensor<5x4xf32>, tensor<6x4xf32>, tensor<?xi32> -> tensor<4xf32>
  return
}

// -----

func.func @sum_tokens_c1(%r: tensor<?x2xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.sum_tokens' op expected rows to be [?, 4], got 'tensor<?x2xf32>'}}
  %d = attn.sum_tokens %r over %cu : tensor<?x2xf32>, tensor<?xi32> -> tensor<4xf32>
  return
}
