// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @select_topk_c1(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected 1 <= count <= 4096, initial >= 0 and local >= 0, got 0, 0 and 0}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 0 initial 0 local 0
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x16xi32>
  return
}

// -----

func.func @select_topk_c1_negative(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected 1 <= count <= 4096, initial >= 0 and local >= 0, got 16, -1 and 2}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial -1 local 2
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x16xi32>
  return
}

// -----

func.func @select_topk_c2(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected count to cover the forced blocks, got count = 2, initial = 1 and local = 2}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 2 initial 1 local 2
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x16xi32>
  return
}

// -----

func.func @select_topk_c2_overflow(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected count to cover the forced blocks, got count = 16, initial = 9223372036854775807 and local = 9223372036854775807}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 9223372036854775807 local 9223372036854775807
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x16xi32>
  return
}

// -----

func.func @select_topk_c3(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected indices to be [?, 2, 16], got 'tensor<?x2x8xi32>'}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x8xi32>
  return
}

// -----

func.func @select_topk_c4(%s: tensor<?x?x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected static kv heads of scores, at least 1, got 'tensor<?x?x?xf32>'}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
      : tensor<?x?x?xf32>, tensor<?xi32> -> tensor<?x?x16xi32>
  return
}

// -----

func.func @select_topk_c5(%s: tensor<100x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected scores and indices to agree in rows, got 100 and 99}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
      : tensor<100x2x?xf32>, tensor<?xi32> -> tensor<99x2x16xi32>
  return
}

// -----

func.func @blocks_of_another_set(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{invalid kind of attribute specified}}
  %i = attn.select_topk %s, %cu of #attn.causal top 16 initial 1 local 2
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x16xi32>
  return
}

// -----

func.func @select_topk_c1_huge(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected 1 <= count <= 4096, initial >= 0 and local >= 0, got 2147483647, 1 and 2}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 2147483647 initial 1 local 2
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x2147483647xi32>
  return
}

// -----

func.func @select_topk_c4_huge(%s: tensor<?x4097x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected at most 4096 kv heads of scores, got 'tensor<?x4097x?xf32>'}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
      : tensor<?x4097x?xf32>, tensor<?xi32> -> tensor<?x4097x16xi32>
  return
}
