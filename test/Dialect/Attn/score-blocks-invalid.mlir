// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @score_blocks_c1(%q: tensor<?x8x64xf32>, %kc: tensor<?x3x64xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected kv heads to divide query heads, got 3 and 8}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<?x8x64xf32>, tensor<?x3x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c2(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x32xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected q and kc to agree in Dk and element type, got 'tensor<?x8x64xf32>' and 'tensor<?x2x32xf32>'}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<?x8x64xf32>, tensor<?x2x32xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c2_type(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xbf16>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected q and kc to agree in Dk and element type, got 'tensor<?x8x64xf32>' and 'tensor<?x2x64xbf16>'}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xbf16>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c3(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected stride to divide the selection block, got stride = 16 and block = 24}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 24> in %kc, %lse, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c4(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected scores to be [?, 2, ?], got 'tensor<?x8x?xf32>'}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8x?xf32>
  return
}

// -----

func.func @score_blocks_c5(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>,
    %lse: tensor<?x2xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected lse to be [?, 8], got 'tensor<?x2xf32>'}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c6(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x?xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected static heads and dim of kc, at least 1, got 'tensor<?x2x?xf32>'}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<?x8x64xf32>, tensor<?x2x?xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c7(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected a scale from 8.2e-39 to 5.8e+37, so that f32 holds it times log2 e, got -2.000000e+00}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu scale -2.0
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c8(%q: tensor<100x8x64xf32>, %kc: tensor<?x2x64xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected q and scores to agree in rows, got 100 and 99}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<100x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<99x2x?xf32>
  return
}

// -----

func.func @score_blocks_c8_keys(%q: tensor<100x8x64xf32>, %kc: tensor<5x2x64xf32>,
    %lse: tensor<?x8xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected 6 key rows for 100 tokens of stride 16, got 5}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu
      : tensor<100x8x64xf32>, tensor<5x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}
