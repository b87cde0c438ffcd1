// RUN: fovea-opt %s --attn-estimate-work=tokens=0 --verify-diagnostics
// RUN: not fovea-opt %s --attn-estimate-work 2>&1 | FileCheck %s

// expected-error @below {{expected tokens to be at least 1, got 0}}
func.func @no_tokens() {
  return
}

// What reads schedules chooses none.
// CHECK: error: 'attn.attend' op expected a tile.schedule, got none: run attn-choose-schedules first
!q = tensor<?x4x16xf32>
// expected-error @below {{expected tokens to be at least 1, got 0}}
func.func @no_schedule(%q: !q, %cu: tensor<?xi32>) -> !q {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}
