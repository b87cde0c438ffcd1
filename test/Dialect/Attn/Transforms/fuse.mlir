// RUN: fovea-opt %s --attn-fuse --split-input-file | FileCheck %s

!q = tensor<?x4x16xf32>
!kv = tensor<?x1x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>
!scores = tensor<?x1x?xf32>
!indices = tensor<?x1x4xi32>

// CHECK-LABEL: func.func @scores_join_their_topk
// CHECK: %[[INDICES:.+]] = attn.group {
// CHECK-NEXT: %[[SCORES:.+]] = attn.score_blocks
// CHECK-NEXT: %[[TOP:.+]] = attn.select_topk %[[SCORES]]
// CHECK-NEXT: attn.yield %[[TOP]]
// CHECK: return %[[INDICES]]
func.func @scores_join_their_topk(%q: !q, %kc: !kv, %lse: !lse, %cu: !cu) -> !indices {
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> !scores
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : !scores, !cu -> !indices
  return %i : !indices
}

// Two readers: the matrix is stored once rather than computed twice.
// CHECK-LABEL: func.func @scores_with_two_readers_stay
// CHECK-NOT: attn.group
func.func @scores_with_two_readers_stay(%q: !q, %kc: !kv, %lse: !lse, %cu: !cu) -> (!indices, !indices) {
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> !scores
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : !scores, !cu -> !indices
  %j = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 0 local 1 : !scores, !cu -> !indices
  return %i, %j : !indices, !indices
}

// The compressed attend's lse ranks blocks, so it cannot wait for the combine; the
// other two can.
// CHECK-LABEL: func.func @gates_join_what_can_wait
// CHECK: %[[FAR:.+]], %[[LSE:.+]] = attn.attend
// CHECK-NEXT: attn.group
// CHECK: %[[O:.+]] = attn.group {
// CHECK-NEXT: %[[A:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.selected
// CHECK-NEXT: %[[B:.+]], %{{.+}} = attn.attend {{.*}} sees #attn.window
// CHECK-NEXT: attn.combine %[[FAR]], %[[A]], %[[B]]
// CHECK-NEXT: attn.yield
// CHECK: return %[[O]]
func.func @gates_join_what_can_wait(%q: !q, %kc: !kv, %k: !kv, %cu: !cu, %g: tensor<?x4x3xf32>) -> !q {
  %o0, %lse = attn.attend %q sees #attn.compressed<block = 4, stride = 2> in %kc, %kc, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> !scores
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : !scores, !cu -> !indices
  %o1, %l1 = attn.attend %q sees #attn.selected<block = 8> in %k, %k, %cu indices(%i : !indices) : !q, !kv, !kv, !cu -> !q, !lse
  %o2, %l2 = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %o0, %o1, %o2 gates %g logits : (!q, !q, !q, tensor<?x4x3xf32>) -> !q
  return %o : !q
}

// A branch that something else reads stays outside.
// CHECK-LABEL: func.func @branch_with_another_reader_stays
// CHECK: attn.attend
// CHECK-NOT: attn.group
func.func @branch_with_another_reader_stays(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x1xf32>) -> !q {
  %o0, %l0 = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o1, %l1 = attn.attend %o0 sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o2 = attn.combine %o0 gates %g values : (!q, tensor<?x4x1xf32>) -> !q
  %o3, %l3 = attn.attend %o2 sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %o3 : !q
}

// What a caller asked for besides the result leaves the group too.
// CHECK-LABEL: func.func @returned_lse_leaves_the_group
// CHECK: %[[GROUP:.+]]:2 = attn.group
// CHECK: return %[[GROUP]]#1, %[[GROUP]]#0
func.func @returned_lse_leaves_the_group(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x1xf32>) -> (!q, !lse) {
  %o0, %l0 = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %o0 gates %g values : (!q, tensor<?x4x1xf32>) -> !q
  return %o, %l0 : !q, !lse
}

// What one kernel cannot compute stays apart: attends over other KV heads.
// CHECK-LABEL: func.func @other_kv_heads_stay
// CHECK: attn.attend {{.*}} tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>
// CHECK: attn.group {
// CHECK-NEXT: attn.attend {{.*}} tensor<?x4x16xf32>, tensor<?x1x16xf32>, tensor<?x1x16xf32>
// CHECK-NEXT: attn.combine
func.func @other_kv_heads_stay(%q: !q, %k: !kv, %two: tensor<?x2x16xf32>, %cu: !cu, %g: tensor<?x4x2xf32>) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.causal in %two, %two, %cu : !q, tensor<?x2x16xf32>, tensor<?x2x16xf32>, !cu -> !q, !lse
  %o = attn.combine %a, %b gates %g logits : (!q, !q, tensor<?x4x2xf32>) -> !q
  return %o : !q
}

// Other sequences, both of attends and of a top-k.
// CHECK-LABEL: func.func @other_sequences_stay
// CHECK-SAME: %[[CU:[^:]+]]: tensor<?xi32>, %[[OTHER:[^:]+]]: tensor<?xi32>
// CHECK: attn.score_blocks
// CHECK-NEXT: attn.select_topk
// CHECK-NEXT: attn.attend {{.*}} %[[OTHER]]
// CHECK-NEXT: attn.group {
// CHECK-NEXT: attn.attend {{.*}} %[[CU]] :
// CHECK-NEXT: attn.combine
func.func @other_sequences_stay(%cu: !cu, %other: !cu, %q: !q, %k: !kv, %kc: !kv, %lse: !lse, %g: tensor<?x4x2xf32>) -> (!q, !indices) {
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> !scores
  %i = attn.select_topk %s, %other of #attn.selected<block = 8> top 4 initial 1 local 2 : !scores, !cu -> !indices
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.causal in %k, %k, %other : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %a, %b gates %g logits : (!q, !q, tensor<?x4x2xf32>) -> !q
  return %o, %i : !q, !indices
}

// Gates are read from memory: an attend that makes them is another kernel.
// CHECK-LABEL: func.func @gates_of_an_attend_stay
// CHECK-NOT: attn.group
// CHECK: return
func.func @gates_of_an_attend_stay(%q: tensor<?x4x1xf32>, %k: tensor<?x1x1xf32>, %cu: !cu) -> tensor<?x4x1xf32> {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x1xf32>, tensor<?x1x1xf32>, tensor<?x1x1xf32>, !cu -> tensor<?x4x1xf32>, !lse
  %o = attn.combine %a gates %a logits : (tensor<?x4x1xf32>, tensor<?x4x1xf32>) -> tensor<?x4x1xf32>
  return %o : tensor<?x4x1xf32>
}

// Scores of index heads join their top-k too.
// CHECK-LABEL: func.func @index_scores_join_their_topk
// CHECK: attn.group {
// CHECK-NEXT: %[[SCORES:.+]] = attn.index_blocks
// CHECK-NEXT: attn.select_topk %[[SCORES]]
func.func @index_scores_join_their_topk(%iq: tensor<?x4x16xf32>, %ik: tensor<?x1x16xf32>, %cu: tensor<?xi32>) -> tensor<?x1x4xi32> {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 8> in %ik, %cu : tensor<?x4x16xf32>, tensor<?x1x16xf32>, tensor<?xi32> -> tensor<?x1x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : tensor<?x1x?xf32>, tensor<?xi32> -> tensor<?x1x4xi32>
  return %i : tensor<?x1x4xi32>
}

// A sum that nobody else reads, and what adds to it: one kernel, whatever is not read before stands in between.
// CHECK-LABEL: func.func @sums_go_on
// CHECK: %[[GROUP:.+]]:2 = attn.group {
// CHECK-NEXT: %[[A:.+]], %[[LSE:.+]] = attn.attend
// CHECK-NEXT: %[[SUM:.+]] = attn.combine %[[A]]
// CHECK-NEXT: %[[B:.+]], %{{.+}} = attn.attend
// CHECK-NEXT: %[[O:.+]] = attn.combine %[[B]] {{.*}} onto %[[SUM]]
// CHECK-NEXT: attn.yield %[[LSE]], %[[O]]
// CHECK: return %[[GROUP]]#1, %[[GROUP]]#0
func.func @sums_go_on(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x2xf32>) -> (!q, !lse) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, tensor<?x4x2xf32>) -> !q
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %b gates %g columns [1] values onto %s : (!q, tensor<?x4x2xf32>, !q) -> !q
  return %o, %l : !q, !lse
}

// Not one kernel: a sum that is also returned; other queries; lists; who waits for what the first one computes.
// CHECK-LABEL: func.func @sums_end
// CHECK-COUNT-2: attn.group
func.func @sums_end(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x2xf32>) -> (!q, !q) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, tensor<?x4x2xf32>) -> !q
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %b gates %g columns [1] values onto %s : (!q, tensor<?x4x2xf32>, !q) -> !q
  return %o, %s : !q, !q
}

// CHECK-LABEL: func.func @other_queries
// CHECK-COUNT-2: attn.group
func.func @other_queries(%q: !q, %r: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x2xf32>) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, tensor<?x4x2xf32>) -> !q
  %b, %m = attn.attend %r sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %b gates %g columns [1] values onto %s : (!q, tensor<?x4x2xf32>, !q) -> !q
  return %o : !q
}

// CHECK-LABEL: func.func @listed_sums
// CHECK-COUNT-2: attn.group
func.func @listed_sums(%q: !q, %k: !kv, %cu: !cu, %i: !indices, %g: tensor<?x4x2xf32>) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, tensor<?x4x2xf32>) -> !q
  %b, %m = attn.attend %q sees #attn.selected<block = 8> in %k, %k, %cu indices(%i : !indices) : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %b gates %g columns [1] values onto %s : (!q, tensor<?x4x2xf32>, !q) -> !q
  return %o : !q
}

// CHECK-LABEL: func.func @awaited_sums
// CHECK-COUNT-2: attn.group
func.func @awaited_sums(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x2xf32>) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, tensor<?x4x2xf32>) -> !q
  %t = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %k, %l, %cu : !q, !kv, !lse, !cu -> !scores
  %i = attn.select_topk %t, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : !scores, !cu -> !indices
  %h, %n = attn.attend %q sees #attn.selected<block = 8> in %k, %k, %cu indices(%i : !indices) : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %h sees #attn.window<8> in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %b gates %g columns [1] values onto %s : (!q, tensor<?x4x2xf32>, !q) -> !q
  return %o : !q
}
