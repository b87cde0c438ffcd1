// Lowering reads schedules, and chooses none.
// RUN: fovea-opt %s --convert-attn-to-tile --split-input-file --verify-diagnostics

!q = tensor<?x4x16xf32>
func.func @no_schedule(%q: !q, %cu: tensor<?xi32>) -> !q {
  // expected-error @+1 {{'attn.attend' op expected a tile.schedule, got none: run attn-choose-schedules first}}
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @two_tiles(%q: !q, %cu: tensor<?xi32>, %g: tensor<?x4x1xf32>) -> !q {
  %r = attn.group {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
    // expected-error @+1 {{expected the tokens and group_rows of its kernel's first operation, 4 and 0, got 8 and 2}}
    %c = attn.combine %o gates %g values {tile.schedule = #tile.schedule<tokens = 8, keys = 64, group_rows = 2>} : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %c : !q
  } : !q
  return %r : !q
}
