// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile -split-input-file -verify-diagnostics

!l = tensor<?x2x3xi32>
!b = tensor<?x2x2xi32>
func.func @one_result(%i: !l, %cu: tensor<?xi32>) -> !b {
  // expected-error @+1 {{'attn.invert_lists' op expected both results to be read, got a use of one alone}}
  %bounds, %entries = attn.invert_lists %i over %cu block 64 : !l, tensor<?xi32> -> !b, !l
  return %bounds : !b
}

// -----

!l = tensor<?x2x3xi32>
!b = tensor<?x2x2xi32>
func.func @too_many_blocks(%i: !l, %cu: tensor<?xi32>) -> (!b, !l) {
  // expected-error @+1 {{'attn.invert_lists' op expected the schedule's keys, which are blocks of 1073741824 tokens, to be at most 1, got 2}}
  %bounds, %entries = attn.invert_lists %i over %cu block 1073741824
      {tile.schedule = #tile.schedule<tokens = 16, keys = 2>} : !l, tensor<?xi32> -> !b, !l
  return %bounds, %entries : !b, !l
}
