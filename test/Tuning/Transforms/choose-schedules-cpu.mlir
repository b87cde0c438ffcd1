// The CPU's model: rows that fill vectors, 64 keys; lists take as few tokens as fill one. What
// has a schedule keeps it, and the operations of a group get the fewest tokens among those that
// read keys, or the group's own.
// RUN: fovea-opt %s --attn-choose-schedules | FileCheck %s

!q = tensor<?x4x16xf32>
!kv = tensor<?x1x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>

// CHECK-LABEL: func.func @alone
// CHECK: attn.compress {{.*}}tile.schedule = #tile.schedule<tokens = 16, keys = 64>
// CHECK: attn.attend {{.*}}#attn.causal{{.*}}tile.schedule = #tile.schedule<tokens = 16, keys = 64>
// CHECK: attn.attend {{.*}}#attn.selected{{.*}}tile.schedule = #tile.schedule<tokens = 4, keys = 32>
// CHECK: attn.attend {{.*}}#attn.window{{.*}}tile.schedule = #tile.schedule<tokens = 8, keys = 32>
// CHECK: attn.combine {{.*}}tile.schedule = #tile.schedule<tokens = 16, keys = 64>
func.func @alone(%q: !q, %k: !kv, %cu: !cu, %i: tensor<?x1x2xi32>, %g: tensor<?x4x3xf32>) -> (!kv, !q) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.selected<block = 32> in %k, %k, %cu indices(%i : tensor<?x1x2xi32>) : !q, !kv, !kv, !cu -> !q, !lse
  %c, %n = attn.attend %q sees #attn.window<9> in %k, %k, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %a, %b, %c gates %g logits : (!q, !q, !q, tensor<?x4x3xf32>) -> !q
  return %kc, %o : !kv, !q
}

// CHECK-LABEL: func.func @grouped
// CHECK: attn.attend {{.*}}#tile.schedule<tokens = 4, keys = 64>
// CHECK: attn.attend {{.*}}#tile.schedule<tokens = 4, keys = 32>
// CHECK: attn.combine {{.*}}#tile.schedule<tokens = 4, keys = 64>
// CHECK: attn.group attributes {tile.schedule = #tile.schedule<tokens = 2, keys = 16, group_rows = 8>}
// CHECK: attn.attend {{.*}}#tile.schedule<tokens = 2, keys = 32, group_rows = 8>
// CHECK: attn.combine {{.*}}#tile.schedule<tokens = 2, keys = 64, group_rows = 8>
func.func @grouped(%q: !q, %k: !kv, %cu: !cu, %i: tensor<?x1x2xi32>, %g: tensor<?x4x2xf32>, %h: tensor<?x4x1xf32>) -> (!q, !q) {
  %0 = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %b, %m = attn.attend %q sees #attn.selected<block = 32> in %k, %k, %cu indices(%i : tensor<?x1x2xi32>) : !q, !kv, !kv, !cu -> !q, !lse
    %o = attn.combine %a, %b gates %g logits : (!q, !q, tensor<?x4x2xf32>) -> !q
    attn.yield %o : !q
  } : !q
  %1 = attn.group attributes {tile.schedule = #tile.schedule<tokens = 2, keys = 16, group_rows = 8>} {
    %c, %n = attn.attend %q sees #attn.causal in %k, %k, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
    %p = attn.combine %c gates %h logits : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %p : !q
  } : !q
  return %0, %1 : !q, !q
}
