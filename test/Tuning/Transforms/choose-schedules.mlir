// What has candidates takes the first; what has a schedule keeps it, and looks at none.
// RUN: fovea-opt %s --attn-choose-schedules | FileCheck %s --implicit-check-not=tile.candidates

!q = tensor<?x4x16xf32>
!kv = tensor<?x1x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>

// CHECK-LABEL: func.func @alone
// CHECK: attn.attend {{.*}}{tile.candidate = #tile.candidate<key = "mine", shape = "as I like">, tile.schedule = #tile.schedule<tokens = 2, keys = 32, gpu = <stages = 3>>}
// CHECK: attn.attend {{.*}}{tile.schedule = #tile.schedule<tokens = 8, keys = 32>}
func.func @alone(%q: !q, %k: !kv, %cu: !cu) -> (!q, !q) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu {tile.candidates = #tile.candidates<key = "mine", shape = "as I like", schedules = [<tokens = 2, keys = 32, gpu = <stages = 3>>, <tokens = 4, keys = 32>]>} : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.causal in %k, %k, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %a, %b : !q, !q
}

// Of a group, for all that is in it.
// CHECK-LABEL: func.func @grouped
// CHECK: attn.group attributes {tile.candidate = #tile.candidate<key = "group", shape = "">, tile.schedule = #tile.schedule<tokens = 2, keys = 64, group_rows = 8>} {
// CHECK: attn.attend {{.*}}{tile.schedule = #tile.schedule<tokens = 2, keys = 64, group_rows = 8>}
// CHECK: attn.combine {{.*}}{tile.schedule = #tile.schedule<tokens = 2, keys = 64, group_rows = 8>}
func.func @grouped(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x1xf32>) -> !q {
  %0 = attn.group attributes {tile.candidates = #tile.candidates<key = "group", shape = "", schedules = [<tokens = 2, keys = 64, group_rows = 8>]>} {
    %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %o = attn.combine %a gates %g logits : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %o : !q
  } : !q
  return %0 : !q
}
