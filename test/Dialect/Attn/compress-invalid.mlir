// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @compress_c1(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected 1 parameters for phi = weighted, got 0}}
  %0 = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_c2(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %w: tensor<2x4xf32>) {
  // expected-error @+1 {{'attn.compress' op expected parameter w to be [2, 8], got 'tensor<2x4xf32>'}}
  %0 = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4>
      over %cu params(%w : tensor<2x4xf32>)
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_c2_dynamic(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %u: tensor<2x16xf32>,
                               %c: tensor<2x?xf32>) {
  // expected-error @+1 {{'attn.compress' op expected parameter c to be [2, 8], got 'tensor<2x?xf32>'}}
  %0 = attn.compress %x by #attn.phi<gated> into #attn.compressed<block = 8, stride = 4>
      over %cu params(%u, %c : tensor<2x16xf32>, tensor<2x?xf32>)
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_c3(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %pos: tensor<2x16xf32>) {
  // expected-error @+1 {{'attn.compress' op expected positions to be [2, 8, 16], got 'tensor<2x16xf32>'}}
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu positions(%pos : tensor<2x16xf32>)
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @compress_c4(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected input and output to agree in heads, dim and element type, got 'tensor<?x2x16xf32>' and 'tensor<?x2x16xf16>'}}
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf16>
  return
}

// -----

func.func @compress_c5(%x: tensor<?x?x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected static heads and dim of input, at least 1, got 'tensor<?x?x16xf32>'}}
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<?x?x16xf32>, tensor<?xi32> -> tensor<?x?x16xf32>
  return
}

// -----

func.func @compress_c5_zero(%x: tensor<?x0x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected static heads and dim of input, at least 1, got 'tensor<?x0x16xf32>'}}
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<?x0x16xf32>, tensor<?xi32> -> tensor<?x0x16xf32>
  return
}

// -----

func.func @compress_c6(%x: tensor<70x2x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected 17 output rows for 70 tokens of stride 4, got 18}}
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<70x2x16xf32>, tensor<?xi32> -> tensor<18x2x16xf32>
  return
}

// -----

func.func @input_of_rank_2(%x: tensor<?x16xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op operand #0 must be packed rows [rows, heads, dim] of f32, f16 or bf16 values, but got 'tensor<?x16xf32>'}}
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  return
}

// -----

func.func @no_cu_seqlens(%x: tensor<?x2x16xf32>, %cu: tensor<0xi32>) {
  // expected-error @+1 {{'attn.compress' op operand #1 must be non-empty [sequences + 1] or a batch, but got 'tensor<0xi32>'}}
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<?x2x16xf32>, tensor<0xi32> -> tensor<?x2x16xf32>
  return
}
