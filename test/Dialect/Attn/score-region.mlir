// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s
// RUN: fovea-opt %s --canonicalize --cse | FileCheck %s --check-prefix=FOLDED

// CHECK-LABEL: @bias
// CHECK:      attn.attend {{.+}} sinks(%{{.+}} : tensor<8xf32>) scores(%s, %query, %key, %head, %[[BIAS:.+]] = %{{.+}} : tensor<8xf32>) {
// CHECK-NEXT:   %[[CAPPED:.+]] = math.tanh %s fastmath<afn> : f32
// CHECK-NEXT:   %[[SCORE:.+]] = arith.addf %[[CAPPED]], %[[BIAS]] : f32
// CHECK-NEXT:   attn.score %[[SCORE]]
// CHECK-NEXT: } : tensor<?x8x64xf32>
func.func @bias(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>,
                %sinks: tensor<8xf32>, %biases: tensor<8xf32>) -> tensor<?x8x64xf32> {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu sinks(%sinks : tensor<8xf32>)
      scores(%s, %query, %key, %head, %bias = %biases : tensor<8xf32>) {
    %capped = math.tanh %s fastmath<afn> : f32
    %score = arith.addf %capped, %bias : f32
    attn.score %score
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return %o : tensor<?x8x64xf32>
}

// Constants stay inside: the operation is isolated.
// FOLDED-LABEL: @score_blocks
// FOLDED:        scores(%s, %query, %key, %head) {
// FOLDED-DAG:      %[[CAP:.+]] = arith.constant 5.000000e+01 : f32
// FOLDED-DAG:      %[[SLOPE:.+]] = arith.constant 6.250000e-02 : f32
// FOLDED:          attn.score
// CHECK-LABEL: @score_blocks
// CHECK: into #attn.selected<block = 16> in %{{.+}}, %{{.+}}, %{{.+}} scale 5.000000e-01 scores(%s, %query, %key, %head) {
func.func @score_blocks(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>, %lse: tensor<?x8xf32>,
                        %cu: tensor<?xi32>) -> tensor<?x2x?xf32> {
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16>
      in %kc, %lse, %cu scale 0.5 scores(%s, %t, %u, %h) {
    %cap = arith.constant 50.0 : f32
    %x = arith.divf %s, %cap : f32
    %d = arith.subi %u, %t : i32
    %f = arith.sitofp %d : i32 to f32
    %slope = arith.constant 0.0625 : f32
    %b = arith.mulf %f, %slope : f32
    %y = arith.addf %x, %b : f32
    attn.score %y
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return %s : tensor<?x2x?xf32>
}

// CHECK-LABEL: attn.spec @spec
// CHECK: attn.branch @near sees #attn.window<64> own_kv sinks scores(%s, %query, %key, %head, %{{.+}} = "bias") {
// CHECK: attn.branch @sink sees #attn.causal sinks
attn.spec @spec heads 8 over 2 dims 64 x 64 of bf16 gates logits {
  attn.branch @near sees #attn.window<64> own_kv sinks scores(%s, %t, %u, %h, %bias = "bias") {
    %score = arith.addf %s, %bias : f32
    attn.score %score
  }
  attn.branch @sink sees #attn.causal sinks
}
