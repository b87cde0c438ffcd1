// A table of measured schedules puts its best and the runner-up before those of the cost model, which follow.
// RUN: fovea-opt %s --attn-list-schedules="target=sm_90a built-in-table=false" -o %t.model
// RUN: %python %S/Inputs/make-table.py %t.json 'sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = #attn.causal>' '#tile.schedule<tokens = 48, keys = 64, gpu = <stages = 3, outer_stages = 1, programs = head_by_head>>' '#tile.schedule<tokens = 16, keys = 128, gpu = <stages = 4, outer_stages = 2>>' 'never read'
// RUN: fovea-opt %s --attn-list-schedules="target=sm_90a table=%t.json" | FileCheck %s
// RUN: fovea-opt %s --attn-list-schedules="target=sm_90a table=%t.json" --attn-choose-schedules | FileCheck %s --check-prefix=CHOSEN
// RUN: fovea-opt %t.model --attn-list-schedules="target=sm_90a table=%t.json" | diff %t.model -

!q = tensor<?x4x64xbf16>
!kv = tensor<?x1x64xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x4xf32>

// CHECK-LABEL: @measured
// CHECK: schedules = [<tokens = 48, keys = 64, gpu = <stages = 3, programs = head_by_head>>, <tokens = 16, keys = 128, gpu = <stages = 4, outer_stages = 2>>, <tokens = 48, keys = 112, gpu = <stages = 4, outer_stages = 2, overlap = true>>,
// CHECK-NOT: <tokens = 16, keys = 128, gpu = <stages = 4, outer_stages = 2>>
// CHECK-LABEL: @more_heads
// CHOSEN-LABEL: @measured
// CHOSEN: tile.schedule = #tile.schedule<tokens = 48, keys = 64, gpu = <stages = 3, programs = head_by_head>>
func.func @measured(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}

// As many heads of a KV head are the same kernel, whatever the number of KV heads.
// CHECK: schedules = [<tokens = 48, keys = 64, gpu = <stages = 3, programs = head_by_head>>
func.func @more_heads(%q: tensor<?x12x64xbf16>, %k: tensor<?x3x64xbf16>, %v: tensor<?x3x64xbf16>, %cu: !cu) -> tensor<?x12x64xbf16> {
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : tensor<?x12x64xbf16>, tensor<?x3x64xbf16>, tensor<?x3x64xbf16>, !cu -> tensor<?x12x64xbf16>, tensor<?x12xf32>
  return %o : tensor<?x12x64xbf16>
}

// Who stores lse as well is another kernel, of which nothing was measured.
// CHECK-LABEL: @with_lse
// CHECK-NOT: programs = head_by_head
// CHECK-LABEL: @own_schedule
func.func @with_lse(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %l : !q, !lse
}

// CHECK: tile.schedule = #tile.schedule<tokens = 16, keys = 32, gpu = <stages = 2>>
func.func @own_schedule(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu
      {tile.schedule = #tile.schedule<tokens = 16, keys = 32>}
      : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}
