// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @compress_grad_input_as_compress_c1(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected 1 parameters for phi = weighted, got 0}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_grad_input_as_compress_c2(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x4xf32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected parameter w to be [2, 8], got 'tensor<2x4xf32>'}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x4xf32>)
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_grad_input_as_compress_c4(%do: tensor<?x2x8xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x8xf32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected input and dout to agree in heads, dim and element type, got 'tensor<?x2x16xf32>' and 'tensor<?x2x8xf32>'}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>)
      : tensor<?x2x8xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_grad_input_as_compress_c6(%do: tensor<3x2x16xf32>, %x: tensor<10x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x8xf32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected 2 dout rows for 10 tokens of stride 4, got 3}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>)
      : tensor<3x2x16xf32>, tensor<10x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_grad_params_as_compress_c1(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected 1 parameters for phi = weighted, got 0}}
  %d = attn.compress_grad_params %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x8xf32>
  return
}

// -----

func.func @compress_grad_params_as_compress_c2(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x4xf32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected parameter w to be [2, 8], got 'tensor<2x4xf32>'}}
  %d = attn.compress_grad_params %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x4xf32>)
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x8xf32>
  return
}

// -----

func.func @compress_grad_params_as_compress_c4(%do: tensor<?x2x8xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x8xf32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected input and dout to agree in heads, dim and element type, got 'tensor<?x2x16xf32>' and 'tensor<?x2x8xf32>'}}
  %d = attn.compress_grad_params %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>)
      : tensor<?x2x8xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x8xf32>
  return
}

// -----

func.func @compress_grad_params_as_compress_c6(%do: tensor<3x2x16xf32>, %x: tensor<10x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x8xf32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected 2 dout rows for 10 tokens of stride 4, got 3}}
  %d = attn.compress_grad_params %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>)
      : tensor<3x2x16xf32>, tensor<10x2x16xf32>, tensor<?xi32> -> tensor<2x8xf32>
  return
}

// -----

func.func @compress_grad_input_c1(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected dinput to be [?, 2, 16], got 'tensor<?x2x8xf32>'}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @compress_grad_input_c1_element(%do: tensor<?x2x16xbf16>, %x: tensor<?x2x16xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected dinput to be of 'bf16' or 'f32', got 'f16'}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu
      : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  return
}

// -----

func.func @compress_grad_input_c1_rows(%do: tensor<?x2x16xf32>, %x: tensor<10x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected input and dinput to agree in rows, got 10 and 11}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu
      : tensor<?x2x16xf32>, tensor<10x2x16xf32>, tensor<?xi32> -> tensor<11x2x16xf32>
  return
}

// -----

func.func @compress_grad_params_c1(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x8xf32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected a gradient for each parameter and the positions, at least one, got 2 for 1}}
  %d:2 = attn.compress_grad_params %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>)
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x8xf32>, tensor<2x8xf32>
  return
}

// -----

func.func @compress_grad_params_c1_none(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected a gradient for each parameter and the positions, at least one, got 1 for 0}}
  %d = attn.compress_grad_params %do of %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x8xf32>
  return
}

// -----

func.func @compress_grad_params_c2(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x8xf32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected gradient 0 to be [2, 8], got 'tensor<2x4xf32>'}}
  %d = attn.compress_grad_params %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>)
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x4xf32>
  return
}

// -----

func.func @compress_grad_params_c2_element(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x8xf32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected gradient 0 to be of 'f32', got 'f16'}}
  %d = attn.compress_grad_params %do of %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>)
      : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x8xf16>
  return
}

// -----

func.func @compress_grad_hidden_c1(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_hidden' op expected phi of mlp or gated, which alone has a hidden layer, got mean}}
  %a, %dh = attn.compress_grad_hidden %do of %x by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x8xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @compress_grad_hidden_c2(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %B1: tensor<2x64x8xf32>, %b1: tensor<2x8xf32>, %B2: tensor<2x8x16xf32>, %b2: tensor<2x16xf32>) {
  // expected-error @+1 {{'attn.compress_grad_hidden' op expected dhidden to be [?, 2, 8], got 'tensor<?x2x16xf32>'}}
  %a, %dh = attn.compress_grad_hidden %do of %x by #attn.phi<mlp, hidden = 8> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x64x8xf32>, tensor<2x8xf32>, tensor<2x8x16xf32>, tensor<2x16xf32>) : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x8xf32>, tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_grad_hidden_c2_type(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %B1: tensor<2x64x8xf32>, %b1: tensor<2x8xf32>, %B2: tensor<2x8x16xf32>, %b2: tensor<2x16xf32>) {
  // expected-error @+1 {{'attn.compress_grad_hidden' op expected active to be of 'f32', got 'bf16'}}
  %a, %dh = attn.compress_grad_hidden %do of %x by #attn.phi<mlp, hidden = 8> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x64x8xf32>, tensor<2x8xf32>, tensor<2x8x16xf32>, tensor<2x16xf32>) : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x8xbf16>, tensor<?x2x8xf32>
  return
}

// -----

func.func @compress_grad_input_c2(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %B1: tensor<2x64x8xf32>, %b1: tensor<2x8xf32>, %B2: tensor<2x8x16xf32>, %b2: tensor<2x16xf32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected 2 values of a hidden layer for phi = mlp, got 0}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<mlp, hidden = 8> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x64x8xf32>, tensor<2x8xf32>, tensor<2x8x16xf32>, tensor<2x16xf32>) : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_grad_input_c2_mean(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress_grad_input' op expected 0 values of a hidden layer for phi = mean, got 1}}
  %d = attn.compress_grad_input %do of %x by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu hidden(%do : tensor<?x2x16xf32>) : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_grad_params_c3(%do: tensor<?x2x16xf32>, %x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %B1: tensor<2x64x8xf32>, %b1: tensor<2x8xf32>, %B2: tensor<2x8x16xf32>, %b2: tensor<2x16xf32>) {
  // expected-error @+1 {{'attn.compress_grad_params' op expected active to be [?, 2, 8], got 'tensor<?x2x16xf32>'}}
  %d:4 = attn.compress_grad_params %do of %x by #attn.phi<mlp, hidden = 8> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x64x8xf32>, tensor<2x8xf32>, tensor<2x8x16xf32>, tensor<2x16xf32>) hidden(%do, %do : tensor<?x2x16xf32>, tensor<?x2x16xf32>) : tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<2x64x8xf32>, tensor<2x8xf32>, tensor<2x8x16xf32>, tensor<2x16xf32>
  return
}
