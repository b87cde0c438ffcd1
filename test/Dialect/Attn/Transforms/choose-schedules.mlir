// RUN: fovea-opt %s --attn-choose-schedules=target=sm_90a | FileCheck %s
// RUN: fovea-opt %s --attn-choose-schedules | FileCheck %s --check-prefix=CPU
// RUN: fovea-opt %s "--attn-choose-schedules=target=sm_90a candidates=attend.0=1" | FileCheck %s --check-prefix=SECOND

!q = tensor<?x4x64xbf16>
!kv = tensor<?x1x64xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x4xf32>

// The most promising schedule is taken; the key and the number of those left say what to
// ask for next.
// CHECK-LABEL: @attend
// CHECK: attn.attend {{.*}}tile.candidate = {key = "attend.0", left = {{[0-9]+}} : i64}, tile.schedule = #tile.schedule<tokens = {{[0-9]+}}, keys = {{[0-9]+}}, order = query_outer
// CPU-LABEL: @attend
// CPU-NOT: tile.
// CPU-LABEL: @kept
// SECOND-LABEL: @attend
// SECOND: tile.candidate = {key = "attend.0", left =
func.func @attend(%q: !q, %k: !kv, %cu: !cu) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}

// Who has a schedule keeps it.
// CHECK-LABEL: @kept
// CHECK-NOT: tile.candidate
// CHECK: tile.schedule = #tile.schedule<tokens = 16, keys = 32, order = query_outer>
func.func @kept(%q: !q, %k: !kv, %cu: !cu) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu
      {tile.schedule = #tile.schedule<tokens = 16, keys = 32, order = query_outer>}
      : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}
