// RUN: fovea-opt %s --attn-choose-schedules=target=sm_90a | FileCheck %s
// RUN: fovea-opt %s --attn-choose-schedules | FileCheck %s --check-prefix=CPU
// RUN: fovea-opt %s "--attn-choose-schedules=target=sm_90a candidates=attend.0=1" | FileCheck %s --check-prefix=SECOND
// RUN: fovea-opt %s "--attn-choose-schedules=target=sm_90a candidates=gated.0=99,gated.0.1=0" | FileCheck %s --check-prefix=APART

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

// A group is one kernel; past its last schedule its operations go apart, each with
// candidates of its own, and what follows keeps its number.
// CHECK-LABEL: @gated
// CHECK: attn.group attributes {tile.candidate = {key = "gated.0", left = {{[1-9][0-9]*}} : i64}
// CHECK: attn.attend {{.*}}tile.candidate = {key = "gated.1"
// APART-LABEL: @gated
// APART-NOT: attn.group
// APART: attn.attend {{.*}}tile.candidate = {key = "gated.0.0", left = {{[1-9][0-9]*}} : i64}
// APART: attn.combine {{.*}}tile.candidate = {key = "gated.0.1", left = 0 : i64}
// APART: attn.attend {{.*}}tile.candidate = {key = "gated.1"
func.func @gated(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x1xf32>) -> (!q, !q) {
  %x = attn.group {
    %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %c = attn.combine %o gates %g values : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %c : !q
  } : !q
  %y, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %x, %y : !q, !q
}

!w = tensor<?x1x256xbf16>

// Accumulators of 256 columns leave no registers for two more branches: no schedule fits,
// and the group goes apart at once.
// CHECK-LABEL: @too_wide_to_fuse
// CHECK-NOT: attn.group
// CHECK: attn.attend {{.*}}tile.candidate = {key = "too_wide_to_fuse.0.0"
// CHECK: attn.combine {{.*}}tile.candidate = {key = "too_wide_to_fuse.0.1"
func.func @too_wide_to_fuse(%q: !w, %a: !w, %b: !w, %cu: !cu, %g: tensor<?x1x3xf32>) -> !w {
  %x = attn.group {
    %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu
        : !w, !w, !w, !cu -> !w, tensor<?x1xf32>
    %c = attn.combine %o, %a, %b gates %g values : (!w, !w, !w, tensor<?x1x3xf32>) -> !w
    attn.yield %c : !w
  } : !w
  return %x : !w
}
