// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @lists
// CHECK: attn.invert_lists %{{.+}} over %{{.+}} block 64 : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
func.func @lists(%i: tensor<?x4x16xi32>, %cu: tensor<?xi32>) {
  %bounds, %entries = attn.invert_lists %i over %cu block 64
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}
