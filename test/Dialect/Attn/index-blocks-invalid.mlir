// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @index_blocks_c1(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected kv heads to divide index heads and key heads to divide kv heads, got 4 index heads, 3 kv heads and 1 key heads}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x3x?xf32>
  return
}

// -----

func.func @index_blocks_c1_keys(%iq: tensor<?x4x64xf32>, %ik: tensor<?x4x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected kv heads to divide index heads and key heads to divide kv heads, got 4 index heads, 2 kv heads and 4 key heads}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c2(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x32xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected iq and ik to agree in Di and element type, got 'tensor<?x4x64xf32>' and 'tensor<?x1x32xf32>'}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x32xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c2_type(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x64xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected iq and ik to agree in Di and element type, got 'tensor<?x4x64xf32>' and 'tensor<?x1x64xbf16>'}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x64xbf16>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c3(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected stride to divide the selection block, got stride = 4 and block = 6}}
  %s = attn.index_blocks %iq over #attn.compressed<block = 4, stride = 4> into #attn.selected<block = 6> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c3_lists(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected a key set without index lists, got #attn.selected<block = 64>}}
  %s = attn.index_blocks %iq over #attn.selected<block = 64> into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c4(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected static kv heads of scores, 1 to 4096, got 'tensor<?x?x?xf32>'}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x?x?xf32>
  return
}

// -----

func.func @index_blocks_c4_columns(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected scores to be [?, 2, ?], got 'tensor<?x2x8xf32>'}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @index_blocks_c5(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x64xf32>, %w: tensor<?x2xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected weights to be [?, 4], got 'tensor<?x2xf32>'}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu weights(%w : tensor<?x2xf32>) : tensor<?x4x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c6(%iq: tensor<?x4x64xf32>, %ik: tensor<?x1x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected static heads and dim of ik, at least 1, got 'tensor<?x1x?xf32>'}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu : tensor<?x4x64xf32>, tensor<?x1x?xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c7(%iq: tensor<100x4x64xf32>, %ik: tensor<?x1x64xf32>, %w: tensor<99x4xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected iq and weights to agree in rows, got 100 and 99}}
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu weights(%w : tensor<99x4xf32>) : tensor<100x4x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @index_blocks_c7_keys(%iq: tensor<100x4x64xf32>, %ik: tensor<24x1x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected 25 key rows for 100 tokens of stride 4, got 24}}
  %s = attn.index_blocks %iq over #attn.compressed<block = 4, stride = 4> into #attn.selected<block = 8> in %ik, %cu : tensor<100x4x64xf32>, tensor<24x1x64xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}
