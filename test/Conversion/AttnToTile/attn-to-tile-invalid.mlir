// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --split-input-file --verify-diagnostics

// expected-error @below {{expected specs to be expanded: run attn-expand-spec first}}
attn.spec @dense heads 4 over 4 dims 16 x 16 of f32 {
  attn.branch @all sees #attn.causal
}

// -----

!q = tensor<?x4x16xf32>
// expected-error @below {{expected the backward function that attn.backward asks for: run attn-differentiate first}}
func.func @marked(%q: !q, %cu: tensor<?xi32>) -> !q attributes {attn.backward = []} {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @returns_an_argument(%q: !q, %cu: tensor<?xi32>) -> (!q, !q) {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  // expected-error @below {{expected to return distinct results of attn operations, not arguments}}
  return %o, %q : !q, !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @other_operations(%q: !q, %cu: tensor<?xi32>) -> !q {
  // expected-error @below {{expected attn operations and a return only}}
  %s = arith.addf %q, %q : !q
  %o, %lse = attn.attend %s sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @scores_returned(%q: !q, %kc: !q, %lse: tensor<?x4xf32>, %cu: tensor<?xi32>) -> tensor<?x4x?xf32> {
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !q, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
  // expected-error @below {{expected scores to stay inside of the function}}
  return %s : tensor<?x4x?xf32>
}

// -----

!q = tensor<?x4x16xf32>
func.func @keys_of_schedule(%q: !q, %cu: tensor<?xi32>, %i: tensor<?x4x2xi32>) -> !q {
  // expected-error @below {{expected the schedule's keys to divide the selection block, got 24 and 64}}
  %o, %lse = attn.attend %q sees #attn.selected<block = 64> in %q, %q, %cu indices(%i : tensor<?x4x2xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 24>} : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @step_of_scores(%q: !q, %kc: !q, %lse: tensor<?x4xf32>, %cu: tensor<?xi32>) -> tensor<?x4x4xi32> {
  // expected-error @below {{expected the schedule's keys to be a multiple of 4, at least 4, got 6}}
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 6>} : !q, !q, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : tensor<?x4x?xf32>, tensor<?xi32> -> tensor<?x4x4xi32>
  return %i : tensor<?x4x4xi32>
}

// -----

!q = tensor<?x4x16xf32>
!kv = tensor<?x1x16xf32>
func.func @fewer_rows_than_heads(%q: !q, %k: !kv, %cu: tensor<?xi32>) -> !q {
  // expected-error @below {{expected the schedule's group_rows to be at least the heads of a group, to divide those of a combine outside of groups, or scores that are summed over heads, got 3 and 4}}
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64, group_rows = 3>} : !q, !kv, !kv, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @parts_of_rows(%q: !q, %g: tensor<?x4x1xf32>) -> !q {
  // expected-error @below {{expected parts only of tiles of keys, or of keys that an attention or index heads visit, got a schedule with 2}}
  %o = attn.combine %q gates %g values {tile.schedule = #tile.schedule<tokens = 4, keys = 64, parts = 2>} : (!q, tensor<?x4x1xf32>) -> !q
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @parts_of_no_whole_number(%x: !q, %g: tensor<?x4x1xf32>) -> !q {
  // expected-error @below {{expected the schedule's group_rows to be at least the heads of a group, to divide those of a combine outside of groups, or scores that are summed over heads, got 3 and 4}}
  %c = attn.combine %x gates %g values {tile.schedule = #tile.schedule<tokens = 4, keys = 64, group_rows = 3>} : (!q, tensor<?x4x1xf32>) -> !q
  return %c : !q
}

// -----

!q = tensor<?x4x16xf32>
!kv = tensor<?x1x16xf32>
func.func @long_windows(%q: !q, %k: !kv, %lse: tensor<?x4xf32>, %cu: tensor<?xi32>) -> tensor<?x1x4xi32> {
  // expected-error @below {{expected a window to reach into selection blocks of at most 8192 compressed keys, got block = 1048576, stride = 1 and selection blocks of 8}}
  %s = attn.score_blocks %q over #attn.compressed<block = 1048576, stride = 1> into #attn.selected<block = 8> in %k, %lse, %cu : !q, !kv, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x1x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : tensor<?x1x?xf32>, tensor<?xi32> -> tensor<?x1x4xi32>
  return %i : tensor<?x1x4xi32>
}

// -----

!q = tensor<?x4x16xf32>
func.func @returned_twice_by_a_group(%q: !q, %cu: tensor<?xi32>) -> (!q, !q) {
  %r:2 = attn.group {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
    attn.yield %o, %o : !q, !q
  } : !q, !q
  // expected-error @below {{expected to return distinct results of attn operations, not arguments}}
  return %r#0, %r#1 : !q, !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @argument_returned_by_a_group(%q: !q, %cu: tensor<?xi32>) -> (!q, !q) {
  %r:2 = attn.group {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
    attn.yield %o, %q : !q, !q
  } : !q, !q
  // expected-error @below {{expected to return distinct results of attn operations, not arguments}}
  return %r#0, %r#1 : !q, !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @scores_returned_by_a_group(%q: !q, %kc: !q, %lse: tensor<?x4xf32>, %cu: tensor<?xi32>) -> tensor<?x4x?xf32> {
  %r = attn.group {
    %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !q, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
    attn.yield %s : tensor<?x4x?xf32>
  } : tensor<?x4x?xf32>
  // expected-error @below {{expected scores to stay inside of the function}}
  return %r : tensor<?x4x?xf32>
}

// -----

!k = tensor<?x2x128xf32>
func.func @a_second_matrix_beyond_a_tile(%k: !k, %w1: tensor<2x1024x4096xf32>, %b1: tensor<2x4096xf32>, %w2: tensor<2x4096x128xf32>, %b2: tensor<2x128xf32>, %cu: tensor<?xi32>) -> !k {
  // expected-error @below {{'attn.compress' op expected hidden times the head dim to be at most 262144, got hidden = 4096 and a head dim of 128}}
  %kc = attn.compress %k by #attn.phi<mlp, hidden = 4096> into #attn.compressed<block = 8, stride = 4> over %cu params(%w1, %b1, %w2, %b2 : tensor<2x1024x4096xf32>, tensor<2x4096xf32>, tensor<2x4096x128xf32>, tensor<2x128xf32>) : !k, tensor<?xi32> -> !k
  return %kc : !k
}

// -----

!q = tensor<?x4x64xf32>
!kv = tensor<?x1x64xf32>
func.func @a_step_of_scores_beyond_a_tile(%q: !q, %k: !kv, %lse: tensor<?x4xf32>, %cu: tensor<?xi32>) -> tensor<?x1x4xi32> {
  // expected-error @below {{'attn.score_blocks' op expected a window to reach into selection blocks of at most 4096 compressed keys, got block = 32, stride = 16 and selection blocks of 131072}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16> into #attn.selected<block = 131072> in %k, %lse, %cu : !q, !kv, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x1x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 131072> top 4 initial 1 local 2 : tensor<?x1x?xf32>, tensor<?xi32> -> tensor<?x1x4xi32>
  return %i : tensor<?x1x4xi32>
}
