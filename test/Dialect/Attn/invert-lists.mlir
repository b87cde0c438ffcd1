// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @lists
// CHECK: attn.invert_lists %{{.+}} over %{{.+}} block 64 : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
func.func @lists(%i: tensor<?x4x16xi32>, %cu: tensor<?xi32>) {
  %bounds, %entries = attn.invert_lists %i over %cu block 64
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}

// Blocks of keys that are apart from who lists them.
// CHECK-LABEL: @apart
// CHECK: attn.invert_lists %{{.+}} over %{{.+}} block 64 for %{{.+}} : tensor<?x4x128xbf16> : tensor<?x4x16xi32>, !attn.batch -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
func.func @apart(%i: tensor<?x4x16xi32>, %k: tensor<?x4x128xbf16>, %cuq: tensor<?xi32>, %cuk: tensor<?xi32>,
                %cu: tensor<?xi32>) {
  %batch = attn.batch queries %cuq keys %cuk : tensor<?xi32>, tensor<?xi32>
  %bounds, %entries = attn.invert_lists %i over %cu block 64
      : tensor<?x4x16xi32>, tensor<?xi32> -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  %b, %e = attn.invert_lists %i over %batch block 64 for %k : tensor<?x4x128xbf16>
      : tensor<?x4x16xi32>, !attn.batch -> tensor<?x4x2xi32>, tensor<?x4x16xi32>
  return
}
