// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @score_and_select
// CHECK: %{{.+}} = attn.group {
// CHECK: attn.yield %{{.+}} : tensor<?x4x16xi32>
// CHECK: } : tensor<?x4x16xi32>
func.func @score_and_select(%q: tensor<?x64x128xbf16>, %kc: tensor<?x4x128xbf16>,
                            %lse: tensor<?x64xf32>, %cu: tensor<?xi32>) {
  %i = attn.group {
    %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
        into #attn.selected<block = 64> in %kc, %lse, %cu : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>,
        tensor<?x64xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
    %t = attn.select_topk %s, %cu of #attn.selected<block = 64> top 16 initial 1 local 2
        : tensor<?x4x?xf32>, tensor<?xi32> -> tensor<?x4x16xi32>
    attn.yield %t : tensor<?x4x16xi32>
  } : tensor<?x4x16xi32>
  return
}

// CHECK-LABEL: @empty
// CHECK: attn.group {
// CHECK-NEXT: }
func.func @empty() {
  attn.group {
  }
  return
}

// CHECK-LABEL: @two_outputs_with_schedule
// CHECK: %{{.+}}:2 = attn.group attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 64>} {
// CHECK: } : tensor<?x2x16xf32>, tensor<?x2xf32>
func.func @two_outputs_with_schedule(%q: tensor<?x2x16xf32>, %cu: tensor<?xi32>) {
  %0:2 = attn.group attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 64>} {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : tensor<?x2x16xf32>,
        tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>, tensor<?x2xf32>
    attn.yield %o, %lse : tensor<?x2x16xf32>, tensor<?x2xf32>
  } : tensor<?x2x16xf32>, tensor<?x2xf32>
  return
}
