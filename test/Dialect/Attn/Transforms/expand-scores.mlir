// A branch's score region goes to its attend, and to the scores of the blocks that it ranks; sinks
// and learned numbers become arguments of one number per head.
// RUN: fovea-opt %s --attn-expand-spec --split-input-file --verify-diagnostics | FileCheck %s

// CHECK:      func.func @ranked_forward(%[[Q:.+]]: tensor<?x8x64xbf16> {attn.name = "q"}
// CHECK-SAME:   %[[SINKS:[a-z0-9]+]]: tensor<8xf32> {attn.name = "far_sinks"}, %[[SLOPES:[a-z0-9]+]]: tensor<8xf32> {attn.name = "far_slope"}
// CHECK-SAME:   %[[BEST:[a-z0-9]+]]: tensor<8xf32> {attn.name = "best_sinks"}
// CHECK:      %{{.+}}, %[[LSE:.+]] = attn.attend %[[Q]] {{.+}} sinks(%[[SINKS]] : tensor<8xf32>) scores(%s, %query, %key, %head, %[[A:.+]] = %[[SLOPES]] : tensor<8xf32>) {
// CHECK-NEXT:   arith.mulf %s, %[[A]] : f32
// CHECK:      attn.score_blocks %[[Q]] {{.+}} in %{{.+}}, %[[LSE]], %{{.+}} scores(%s, %query, %key, %head, %[[B:.+]] = %[[SLOPES]] : tensor<8xf32>) {
// CHECK-NEXT:   arith.mulf %s, %[[B]] : f32
// CHECK:      attn.attend {{.+}} indices({{.+}}) sinks(%[[BEST]] : tensor<8xf32>) :
attn.spec @ranked heads 8 over 2 dims 64 x 64 of bf16 gates logits {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean> sinks
      scores(%s, %t, %u, %h, %slope = "slope") {
    %y = arith.mulf %s, %slope : f32
    attn.score %y
  }
  attn.branch @best sees #attn.selected<block = 64> top 4 initial 1 local 1 ranked by @far sinks
}

// -----

// expected-error @+1 {{'attn.spec' op expected arguments of distinct names, got two that are called a_k}}
attn.spec @clash heads 8 over 2 dims 64 x 64 of bf16 {
  attn.branch @a sees #attn.causal own_kv scores(%s, %t, %u, %h, %x = "k") {
    %y = arith.mulf %s, %x : f32
    attn.score %y
  }
}
