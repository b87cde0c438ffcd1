// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @paper
// CHECK: attn.select_topk %{{.+}}, %{{.+}} of #attn.selected<block = 64> top 16 initial 1 local 2 : tensor<?x4x?xf32>, tensor<?xi32> -> tensor<?x4x16xi32>
func.func @paper(%s: tensor<?x4x?xf32>, %cu: tensor<?xi32>) {
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
      : tensor<?x4x?xf32>, tensor<?xi32> -> tensor<?x4x16xi32>
  return
}

// CHECK-LABEL: @nothing_forced
// CHECK: top 1 initial 0 local 0 : tensor<9x1x7xf32>, tensor<2xi32> -> tensor<9x1x1xi32>
func.func @nothing_forced(%s: tensor<9x1x7xf32>, %cu: tensor<2xi32>) {
  %i = attn.select_topk %s, %cu of #attn.selected<block = 32> top 1 initial 0 local 0
      : tensor<9x1x7xf32>, tensor<2xi32> -> tensor<9x1x1xi32>
  return
}

// CHECK-LABEL: @all_forced
// CHECK: top 3 initial 1 local 2 :
func.func @all_forced(%s: tensor<?x1x?xf32>, %cu: tensor<2xi32>) {
  %i = attn.select_topk %s, %cu of #attn.selected<block = 32> top 3 initial 1 local 2
      : tensor<?x1x?xf32>, tensor<2xi32> -> tensor<?x1x3xi32>
  return
}
