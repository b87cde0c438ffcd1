// RUN: fovea-opt %s --attn-split-combine --split-input-file | FileCheck %s
// RUN: fovea-opt %s --attn-split-combine --attn-fuse=max-attends=1 --split-input-file | FileCheck %s --check-prefix=FUSED

!q = tensor<?x4x16xf32>
!kv = tensor<?x1x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>
!g = tensor<?x4x3xf32>
!scores = tensor<?x1x?xf32>
!indices = tensor<?x1x4xi32>

// Each attention's combine is right behind it, in the order of these and not of the branches; but
// lists come last, and who needs none moves up to the sum that it is added to. Fused, these two are
// one kernel, and the compressed one's lse is there for who ranks blocks by it.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: %[[GATES:[^ ]+]]: tensor<?x4x3xf32>
// CHECK: %[[FAR:.+]], %[[LSE:.+]] = attn.attend {{.*}} sees #attn.compressed
// CHECK-NEXT: %[[SUM0:.+]] = attn.combine %[[FAR]] gates %[[GATES]] columns [1] logits :
// CHECK-NEXT: %[[NEAR:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.window
// CHECK-NEXT: %[[SUM1:.+]] = attn.combine %[[NEAR]] gates %[[GATES]] columns [0] logits onto %[[SUM0]] :
// CHECK-NEXT: attn.score_blocks {{.*}} %[[LSE]]
// CHECK-NEXT: attn.select_topk
// CHECK-NEXT: %[[SELECTED:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.selected
// CHECK-NEXT: %[[SUM2:.+]] = attn.combine %[[SELECTED]] gates %[[GATES]] columns [2] logits onto %[[SUM1]] :
// CHECK-NEXT: return %[[SUM2]]
// FUSED-LABEL: func.func @chain
// FUSED: %[[PART:.+]]:2 = attn.group {
// FUSED-NEXT: attn.attend {{.*}} sees #attn.compressed
// FUSED-NEXT: %[[SUM:.+]] = attn.combine
// FUSED-NEXT: attn.attend {{.*}} sees #attn.window
// FUSED-NEXT: attn.combine {{.*}} onto %[[SUM]]
// FUSED: attn.group {
// FUSED-NEXT: attn.score_blocks {{.*}} %[[PART]]#0
// FUSED: attn.group {
// FUSED-NEXT: attn.attend {{.*}} sees #attn.selected
// FUSED-NEXT: attn.combine {{.*}} onto %[[PART]]#1
func.func @chain(%g: !g, %q: !q, %kc: !kv, %k: !kv, %cu: !cu) -> !q {
  %o1, %lse = attn.attend %q sees #attn.compressed<block = 4, stride = 2> in %kc, %kc, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> !scores
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : !scores, !cu -> !indices
  %o2, %l2 = attn.attend %q sees #attn.selected<block = 8> in %k, %k, %cu indices(%i : !indices) : !q, !kv, !kv, !cu -> !q, !lse
  %o0, %l0 = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %o0, %o1, %o2 gates %g logits : (!q, !q, !q, !g) -> !q
  return %o : !q
}

// What the combine adds to is the first link's; columns of its own are kept.
// CHECK-LABEL: func.func @base_and_columns
// CHECK-SAME: %[[BASE:[^ ]+]]: tensor<?x4x16xf32>, %[[GATES:[^ ]+]]: tensor<?x4x3xf32>
// CHECK: %[[A:.+]], %{{.+}} = attn.attend
// CHECK-NEXT: %[[SUM:.+]] = attn.combine %[[A]] gates %[[GATES]] columns [2] values onto %[[BASE]] :
// CHECK-NEXT: %[[B:.+]], %{{.+}} = attn.attend
// CHECK-NEXT: attn.combine %[[B]] gates %[[GATES]] columns [0] values onto %[[SUM]] :
func.func @base_and_columns(%base: !q, %g: !g, %q: !q, %k: !kv, %cu: !cu) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %a, %b gates %g columns [2, 0] values onto %base : (!q, !q, !g, !q) -> !q
  return %o : !q
}

// A branch that is somebody else's too, or an argument, is loaded wherever it is added:
// by the last link.
// CHECK-LABEL: func.func @loaded_branches_are_the_last_links
// CHECK-SAME: %[[GIVEN:[^ ]+]]: tensor<?x4x16xf32>
// CHECK: %[[A:.+]], %{{.+}} = attn.attend
// CHECK: %[[B:.+]], %{{.+}} = attn.attend
// CHECK-NEXT: %[[SUM:.+]] = attn.combine %[[B]] gates %{{.+}} columns [2] logits :
// CHECK-NEXT: %[[C:.+]], %{{.+}} = attn.attend
// CHECK-NEXT: attn.combine %[[GIVEN]], %[[A]], %[[C]] gates %{{.+}} columns [0, 1, 3] logits onto %[[SUM]] :
func.func @loaded_branches_are_the_last_links(%given: !q, %g: tensor<?x4x4xf32>, %q: !q, %k: !kv, %cu: !cu) -> (!q, !q) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %c, %n = attn.attend %q sees #attn.window<9> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %given, %a, %b, %c gates %g logits : (!q, !q, !q, !q, tensor<?x4x4xf32>) -> !q
  return %o, %a : !q, !q
}

// Lists that are there before the sum: the combine is behind both. An attention of what is computed
// in between stays where it is.
// CHECK-LABEL: func.func @lists_first
// CHECK: %[[A:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.selected
// CHECK-NEXT: %[[B:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.causal
// CHECK-NEXT: %[[SUM0:.+]] = attn.combine %[[B]] gates %{{.+}} columns [1] logits :
// CHECK-NEXT: %[[K:.+]] = attn.compress
// CHECK-NEXT: %[[C:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.compressed<block = 4, stride = 4> in %[[K]]
// CHECK-NEXT: %[[SUM1:.+]] = attn.combine %[[C]] gates %{{.+}} columns [2] logits onto %[[SUM0]] :
// CHECK-NEXT: attn.combine %[[A]] gates %{{.+}} columns [0] logits onto %[[SUM1]] :
func.func @lists_first(%g: !g, %q: !q, %k: !kv, %i: !indices, %cu: !cu) -> !q {
  %a, %l = attn.attend %q sees #attn.selected<block = 8> in %k, %k, %cu indices(%i : !indices) : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : !kv, !cu -> !kv
  %c, %n = attn.attend %q sees #attn.compressed<block = 4, stride = 4> in %kc, %kc, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %a, %b, %c gates %g logits : (!q, !q, !q, !g) -> !q
  return %o : !q
}

// One attention alone has the combine behind it already.
// CHECK-LABEL: func.func @one_attention_stays
// CHECK: attn.combine %{{.+}}, %{{.+}} gates %{{.+}} logits :
func.func @one_attention_stays(%given: !q, %g: tensor<?x4x2xf32>, %q: !q, %k: !kv, %cu: !cu) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %given, %a gates %g logits : (!q, !q, tensor<?x4x2xf32>) -> !q
  return %o : !q
}

// Gates that are computed behind the attentions: these cannot wait for them.
// CHECK-LABEL: func.func @later_gates_stay
// CHECK: attn.combine %{{.+}}, %{{.+}} gates %{{.+}} logits :
func.func @later_gates_stay(%q: !q, %k: !kv, %gq: tensor<?x4x2xf32>, %gk: tensor<?x1x2xf32>, %cu: !cu) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %g, %n = attn.attend %gq sees #attn.causal in %gk, %gk, %cu : tensor<?x4x2xf32>, tensor<?x1x2xf32>, tensor<?x1x2xf32>, !cu -> tensor<?x4x2xf32>, !lse
  %o = attn.combine %a, %b gates %g logits : (!q, !q, tensor<?x4x2xf32>) -> !q
  return %o : !q
}

// A schedule is that of one kernel.
// CHECK-LABEL: func.func @scheduled_stays
// CHECK: attn.combine %{{.+}}, %{{.+}} gates %{{.+}} logits {tile.schedule
func.func @scheduled_stays(%g: tensor<?x4x2xf32>, %q: !q, %k: !kv, %cu: !cu) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %a, %b gates %g logits {tile.schedule = #tile.schedule<tokens = 16, keys = 16>} : (!q, !q, tensor<?x4x2xf32>) -> !q
  return %o : !q
}

// In a group it is one kernel already.
// CHECK-LABEL: func.func @grouped_stays
// CHECK: attn.group {
// CHECK-NEXT: attn.attend
// CHECK-NEXT: attn.attend
// CHECK-NEXT: attn.combine %{{.+}}, %{{.+}} gates %{{.+}} logits :
func.func @grouped_stays(%g: tensor<?x4x2xf32>, %q: !q, %k: !kv, %cu: !cu) -> !q {
  %r = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %o = attn.combine %a, %b gates %g logits : (!q, !q, tensor<?x4x2xf32>) -> !q
    attn.yield %o : !q
  } : !q
  return %r : !q
}
