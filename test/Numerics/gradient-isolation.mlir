// Gradients of queries, keys and values depend on nothing else.
// REQUIRES: numpy, foveac
// RUN: fovea-opt %s --attn-differentiate -o %t.mlir
// RUN: %python %S/Inputs/gradient_isolation.py %t.mlir %openmp_library | FileCheck %s

// CHECK: causal_backward, 1 threads, grad_q: same bits
// CHECK: causal_backward, 8 threads, grad_v: same bits
// CHECK: causal_backward, NaN in sequence 0, grad_k: same bits
// CHECK: window_backward, NaN in sequence 1, grad_v: same bits
// CHECK: full_backward, NaN in sequence 3, grad_v: same bits
// CHECK: compressed_backward, NaN in sequence 3, grad_kc: same bits
// CHECK: compressed_backward, NaN in unused rows, grad_vc: same bits
// CHECK: compressed_backward, unused rows: 0
// CHECK: selected_backward, 1 threads, grad_v: same bits
// CHECK: selected_backward, NaN in sequence 1, grad_k: same bits
// CHECK: lists in another order, grad_k: same bits
// CHECK: lists of later blocks, grad_v: same bits
// CHECK: hidden keys: 0
// CHECK: mean_backward, 8 threads, grad_k: same bits
// CHECK: mean_backward, NaN in unused rows, grad_k: same bits
// CHECK: mean_backward, NaN in sequence 3, grad_k: same bits
// CHECK: weighted_backward, 8 threads, grad_w: same bits
// CHECK: weighted_backward, NaN in unused rows, grad_p: same bits
// CHECK: weighted_backward, NaN in sequence 3, grad_k: same bits
// CHECK: gated_backward, NaN in unused rows, grad_u: same bits
// CHECK: gated_backward, NaN in sequence 3, grad_k: same bits
// CHECK: mlp_backward, 8 threads, grad_B2: same bits
// CHECK: mlp_backward, NaN in unused rows, grad_b1: same bits
// CHECK: mlp_backward, NaN in sequence 3, grad_k: same bits

!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>

func.func @causal(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !s
  return %o : !q
}

func.func @window(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.window<40> in %k, %v, %cu scores(%s, %t, %u, %h) {
    %y = math.tanh %s : f32
    attn.score %y
  } : !q, !kv, !kv, !cu -> !q, !s
  return %o : !q
}

func.func @full(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.full in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !s
  return %o : !q
}

func.func @compressed(%q: !q {attn.name = "q"}, %kc: !kv {attn.name = "kc"}, %vc: !kv {attn.name = "vc"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 16, stride = 8> in %kc, %vc, %cu : !q, !kv, !kv, !cu -> !q, !s
  return %o : !q
}

func.func @selected(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %i: tensor<?x2x5xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 32> in %k, %v, %cu indices(%i : tensor<?x2x5xi32>) : !q, !kv, !kv, !cu -> !q, !s
  return %o : !q
}

func.func @mean(%k: !kv {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!kv {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 16, stride = 8> over %cu : !kv, !cu -> !kv
  return %kc : !kv
}

func.func @weighted(%k: !kv {attn.name = "k"}, %w: tensor<2x16xf32> {attn.name = "w"}, %p: tensor<2x16x16xf32> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!kv {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<weighted> into #attn.compressed<block = 16, stride = 8> over %cu params(%w : tensor<2x16xf32>) positions(%p : tensor<2x16x16xf32>) : !kv, !cu -> !kv
  return %kc : !kv
}

func.func @gated(%k: !kv {attn.name = "k"}, %u: tensor<2x16xf32> {attn.name = "u"}, %c: tensor<2x16xf32> {attn.name = "c"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!kv {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<gated> into #attn.compressed<block = 16, stride = 8> over %cu params(%u, %c : tensor<2x16xf32>, tensor<2x16xf32>) : !kv, !cu -> !kv
  return %kc : !kv
}

func.func @mlp(%k: !kv {attn.name = "k"}, %B1: tensor<2x256x8xf32> {attn.name = "B1"}, %b1: tensor<2x8xf32> {attn.name = "b1"}, %B2: tensor<2x8x16xf32> {attn.name = "B2"}, %b2: tensor<2x16xf32> {attn.name = "b2"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!kv {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mlp, hidden = 8, activation = silu> into #attn.compressed<block = 16, stride = 8> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x256x8xf32>, tensor<2x8xf32>, tensor<2x8x16xf32>, tensor<2x16xf32>) : !kv, !cu -> !kv
  return %kc : !kv
}
