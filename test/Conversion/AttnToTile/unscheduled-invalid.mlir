// What reads schedules chooses none.
// RUN: fovea-opt %s --convert-attn-to-tile --split-input-file --verify-diagnostics
// RUN: fovea-opt %s --attn-estimate-work --split-input-file --verify-diagnostics

!q = tensor<?x4x16xf32>
func.func @attend(%q: !q, %cu: tensor<?xi32>) -> !q {
  // expected-error @below {{'attn.attend' op expected a tile.schedule, got none: run attn-choose-schedules first}}
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!x = tensor<?x2x48xf32>
func.func @depth(%x: !x, %w: tensor<2x4x48x48xf32>, %cu: tensor<?xi32>) -> !x {
  // expected-error @below {{'attn.compress' op expected the schedule's depth to divide the head dim, got 32 and 48}}
  %rows = attn.compress %x by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%w : tensor<2x4x48x48xf32>) {tile.schedule = #tile.schedule<tokens = 16, keys = 64, depth = 32>} : !x, tensor<?xi32> -> !x
  return %rows : !x
}
