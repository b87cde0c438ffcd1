// RUN: fovea-opt %s --attn-expand-spec --split-input-file | FileCheck %s
// RUN: fovea-opt %s --attn-expand-spec=aux-outputs=true --split-input-file \
// RUN:   | FileCheck %s --check-prefix=AUX

// The whole of NSA: every branch, in the order of the spec.
// CHECK-LABEL: func.func @nsa_forward(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<?x8x64xbf16> {attn.name = "q"}
// CHECK-SAME: %[[K:[^:]+]]: tensor<?x2x64xbf16> {attn.name = "k"}
// CHECK-SAME: %[[V:[^:]+]]: tensor<?x2x32xbf16> {attn.name = "v"}
// CHECK-SAME: %[[GATES:[^:]+]]: tensor<?x8x3xbf16> {attn.name = "gates"}
// CHECK-SAME: %[[CU:[^:]+]]: tensor<?xi32> {attn.name = "cu_seqlens"}
// CHECK-SAME: -> (tensor<?x8x32xbf16> {attn.name = "o"})
// CHECK: %[[KC:.+]] = attn.compress %[[K]] by #attn.phi<mean> into #attn.compressed<block = 32, stride = 16> over %[[CU]]
// CHECK: %[[VC:.+]] = attn.compress %[[V]] by #attn.phi<mean> into #attn.compressed<block = 32, stride = 16> over %[[CU]]
// CHECK: %[[FAR:.+]], %[[LSE:.+]] = attn.attend %[[Q]] sees #attn.compressed<block = 32, stride = 16> in %[[KC]], %[[VC]], %[[CU]]
// CHECK: %[[SCORES:.+]] = attn.score_blocks %[[Q]] over #attn.compressed<block = 32, stride = 16> into #attn.selected<block = 64> in %[[KC]], %[[LSE]], %[[CU]]
// CHECK: %[[TOP:.+]] = attn.select_topk %[[SCORES]], %[[CU]] of #attn.selected<block = 64> top 4 initial 1 local 2
// CHECK: %[[BEST:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.selected<block = 64> in {{.*}} indices(%[[TOP]]
// CHECK: %[[NEAR:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.window<128>
// CHECK: %[[O:.+]] = attn.combine %[[FAR]], %[[BEST]], %[[NEAR]] gates %[[GATES]] logits
// CHECK: return %[[O]]
// AUX-LABEL: func.func @nsa_forward(
// AUX-SAME: {attn.name = "o"}, tensor<?x8xf32> {attn.name = "far_lse"}, tensor<?x8xf32> {attn.name = "best_lse"}, tensor<?x2x4xi32> {attn.name = "best_indices"}, tensor<?x8xf32> {attn.name = "near_lse"})
attn.spec @nsa heads 8 over 2 dims 64 x 32 of bf16 gates logits {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @best sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @far
  attn.branch @near sees #attn.window<128>
}

// -----

// One branch without gates is the result; the scale is handed on.
// CHECK-LABEL: func.func @dense_forward(
// CHECK-NOT: gates
// CHECK: %[[OUT:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.causal in {{.*}} scale 1.250000e-01
// CHECK: return %[[OUT]]
attn.spec @dense heads 4 over 4 dims 16 x 16 of f32 scale 0.125 {
  attn.branch @all sees #attn.causal
}

// -----

// A branch of its own keys; phi's parameters and positions become arguments, for K and
// V separately.
// CHECK-LABEL: func.func @own_forward(
// CHECK-SAME: {attn.name = "q"}
// CHECK-SAME: tensor<?x1x16xf32> {attn.name = "far_k"}
// CHECK-SAME: tensor<?x1x8xf32> {attn.name = "far_v"}
// CHECK-SAME: tensor<1x16xf32> {attn.name = "far_k_u"}
// CHECK-SAME: tensor<1x4xf32> {attn.name = "far_k_c"}
// CHECK-SAME: tensor<1x4x16xf32> {attn.name = "far_k_pos"}
// CHECK-SAME: tensor<1x8xf32> {attn.name = "far_v_u"}
// CHECK-SAME: tensor<1x4xf32> {attn.name = "far_v_c"}
// CHECK-SAME: tensor<1x4x8xf32> {attn.name = "far_v_pos"}
// CHECK-SAME: {attn.name = "cu_seqlens"}
// CHECK: attn.compress %{{.+}} by #attn.phi<gated> into {{.*}} params({{.*}}) positions(
attn.spec @own heads 2 over 1 dims 16 x 8 of f32 {
  attn.branch @far sees #attn.compressed<block = 4, stride = 2> by #attn.phi<gated> with_positions own_kv
}

// An index ranker: queries and keys of its own, after k and v, where it stands on the page.
// CHECK-LABEL: func.func @msa_forward
// CHECK-SAME: %[[Q:.+]]: tensor<?x64x128xbf16> {attn.name = "q"}, %[[K:[a-z0-9]+]]: tensor<?x4x128xbf16> {attn.name = "k"}, %[[V:[a-z0-9]+]]: tensor<?x4x128xbf16> {attn.name = "v"}, %[[IQ:[a-z0-9]+]]: tensor<?x4x128xbf16> {attn.name = "index_q"}, %[[IK:[a-z0-9]+]]: tensor<?x1x128xbf16> {attn.name = "index_k"}, %[[CU:[a-z0-9]+]]: tensor<?xi32> {attn.name = "cu_seqlens"}
// CHECK-NEXT: %[[S:.+]] = attn.index_blocks %[[IQ]] over #attn.causal into #attn.selected<block = 128> in %[[IK]], %[[CU]] :
// CHECK-NEXT: %[[I:.+]] = attn.select_topk %[[S]], %[[CU]] of #attn.selected<block = 128> top 16 initial 0 local 1
// CHECK-NEXT: attn.attend %[[Q]] sees #attn.selected<block = 128> in %[[K]], %[[V]], %[[CU]] indices(%[[I]]
attn.spec @msa heads 64 over 4 dims 128 x 128 of bf16 {
  attn.ranker @index heads 4 over 1 dim 128 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 128> top 16 initial 0 local 1 ranked by @index
}

// Pools of keys are their means; weights are f32. One key per token needs no compression.
// CHECK-LABEL: func.func @pooled_forward
// CHECK-SAME: %[[IQ:[a-z0-9]+]]: tensor<?x8x64xbf16> {attn.name = "index_q"}, %[[IK:[a-z0-9]+]]: tensor<?x2x64xbf16> {attn.name = "index_k"}, %[[W:[a-z0-9]+]]: tensor<?x8xf32> {attn.name = "index_w"}
// CHECK: %[[PK:.+]] = attn.compress %[[IK]] by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4>
// CHECK: attn.index_blocks %[[IQ]] over #attn.compressed<block = 4, stride = 4> into #attn.selected<block = 8> in %[[PK]], %{{.+}} through relu weights(%[[W]] : tensor<?x8xf32>)
attn.spec @pooled heads 4 over 2 dims 64 x 64 of bf16 {
  attn.ranker @index heads 8 over 2 dim 64 by #attn.relu_index<pool = 4>
  attn.branch @selected sees #attn.selected<block = 8> top 16 initial 0 local 1 ranked by @index
}

// Arguments of a ranker that nothing is ranked by say themselves what their rows are.
// CHECK-LABEL: func.func @unread_forward
// CHECK-SAME: {attn.name = "index_q", attn.rows = "tokens"}
// CHECK-SAME: {attn.name = "index_w", attn.rows = "tokens"}
// CHECK-NOT: attn.index_blocks
attn.spec @unread heads 4 over 2 dims 64 x 64 of bf16 {
  attn.ranker @index heads 2 over 1 dim 64 by #attn.relu_index<pool = 1>
  attn.branch @window sees #attn.window<64>
}
