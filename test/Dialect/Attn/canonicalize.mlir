// RUN: fovea-opt %s --canonicalize | FileCheck %s

!q = tensor<?x2x16xf32>
!lse = tensor<?x2xf32>
!cu = tensor<?xi32>

// CHECK-LABEL: @empty_group
// CHECK-NEXT: return
func.func @empty_group() {
  attn.group {
  }
  return
}

// CHECK-LABEL: @group_of_one
// CHECK-NOT: attn.group
// CHECK: %[[OUT:.+]], %{{.+}} = attn.attend
// CHECK-NEXT: return %[[OUT]]
func.func @group_of_one(%q: !q, %cu: !cu) -> !q {
  %0 = attn.group {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, !cu -> !q, !lse
    attn.yield %o : !q
  } : !q
  return %0 : !q
}

// The schedule is the group's: it must not get lost.
// CHECK-LABEL: @group_of_one_with_schedule
// CHECK: attn.group attributes {tile.schedule
func.func @group_of_one_with_schedule(%q: !q, %cu: !cu) -> !q {
  %0 = attn.group attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 64>} {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, !cu -> !q, !lse
    attn.yield %o : !q
  } : !q
  return %0 : !q
}

// CHECK-LABEL: @unread_outputs
// CHECK: %[[GROUP:.+]] = attn.group attributes {kept} {
// CHECK: attn.attend
// CHECK: attn.attend
// CHECK: %[[SUM:.+]] = attn.combine
// CHECK-NEXT: attn.yield %[[SUM]] : tensor<?x2x16xf32>
// CHECK-NEXT: } : tensor<?x2x16xf32>
// CHECK-NEXT: return %[[GROUP]]
func.func @unread_outputs(%q: !q, %g: tensor<?x2x2xf32>, %cu: !cu) -> !q {
  %0:4 = attn.group attributes {kept} {
    %a, %a_lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, !cu -> !q, !lse
    %b, %b_lse = attn.attend %q sees #attn.window<8> in %q, %q, %cu : !q, !q, !q, !cu -> !q, !lse
    %o = attn.combine %a, %b gates %g logits : (!q, !q, tensor<?x2x2xf32>) -> !q
    attn.yield %a, %o, %a_lse, %b : !q, !q, !lse, !q
  } : !q, !q, !lse, !q
  return %0#1 : !q
}

// CHECK-LABEL: @output_from_outside
// CHECK-SAME: %[[Q:[^:]+]]:
// CHECK: attn.group {
// CHECK: } : tensor<?x2x16xf32>
// CHECK: return %{{.+}}, %[[Q]] :
func.func @output_from_outside(%q: !q, %g: tensor<?x2x1xf32>, %cu: !cu) -> (!q, !q) {
  %0:2 = attn.group {
    %a, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, !cu -> !q, !lse
    %o = attn.combine %a gates %g logits : (!q, tensor<?x2x1xf32>) -> !q
    attn.yield %o, %q : !q, !q
  } : !q, !q
  return %0#0, %0#1 : !q, !q
}

// Stored once, read twice.
// CHECK-LABEL: @output_twice
// CHECK: %[[GROUP:.+]] = attn.group {
// CHECK: %[[O:.+]] = attn.combine
// CHECK-NEXT: attn.yield %[[O]] : tensor<?x2x16xf32>
// CHECK: return %[[GROUP]], %[[GROUP]]
func.func @output_twice(%q: !q, %g: tensor<?x2x1xf32>, %cu: !cu) -> (!q, !q) {
  %0:2 = attn.group {
    %a, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, !cu -> !q, !lse
    %o = attn.combine %a gates %g logits : (!q, tensor<?x2x1xf32>) -> !q
    attn.yield %o, %o : !q, !q
  } : !q, !q
  return %0#0, %0#1 : !q, !q
}

// CHECK-LABEL: @unread_operations
// CHECK-NEXT: return
func.func @unread_operations(%q: !q, %g: tensor<?x2x1xf32>, %cu: !cu) {
  %0 = attn.group {
    %a, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, !cu -> !q, !lse
    %o = attn.combine %a gates %g logits : (!q, tensor<?x2x1xf32>) -> !q
    attn.yield %o : !q
  } : !q
  return
}
