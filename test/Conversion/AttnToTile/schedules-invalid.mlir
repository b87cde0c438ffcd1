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

// -----

!q = tensor<?x4x16xf32>
func.func @two_ways_to_run(%q: !q, %cu: tensor<?xi32>, %g: tensor<?x4x1xf32>) -> !q {
  %r = attn.group {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
    // expected-error @+1 {{expected the part for a GPU of its kernel's first operation, #tile.gpu<stages = 2>, got none}}
    %c = attn.combine %o gates %g values {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %c : !q
  } : !q
  return %r : !q
}

// -----

!x = tensor<?x2x48xf32>
func.func @depth_divides(%x: !x, %w: tensor<2x4x48x48xf32>, %cu: tensor<?xi32>) -> !x {
  // expected-error @below {{'attn.compress' op expected the schedule's depth to divide the head dim, got 32 and 48}}
  %rows = attn.compress %x by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%w : tensor<2x4x48x48xf32>) {tile.schedule = #tile.schedule<tokens = 16, keys = 64, depth = 32>} : !x, tensor<?xi32> -> !x
  return %rows : !x
}

// -----

!x = tensor<?x2x1024xf32>
func.func @depth_fits(%x: !x, %w: tensor<2x4x1024x1024xf32>, %cu: tensor<?xi32>) -> !x {
  // expected-error @below {{'attn.compress' op expected the schedule's depth to be at most 256 beside 1024 columns of phi's matrix, got 1024}}
  %rows = attn.compress %x by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%w : tensor<2x4x1024x1024xf32>) {tile.schedule = #tile.schedule<tokens = 16, keys = 64>} : !x, tensor<?xi32> -> !x
  return %rows : !x
}

// -----

// A tile of keys would be of three halves of pages.
!q = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @keys_of_pages(%q: !q, %cache: tensor<?x64x4x16xf32>, %table: !cu, %cuq: !cu, %cuk: !cu) -> !q {
  %batch = attn.batch queries %cuq keys %cuk : !cu, !cu
  %k = attn.gather_pages %cache through %table : tensor<?x64x4x16xf32>, !cu -> !q
  // expected-error @+1 {{'attn.attend' op expected the keys of a tile to be those of whole pages, or to divide a page's 64, got a schedule with 96}}
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %batch {tile.schedule = #tile.schedule<tokens = 4, keys = 96>} : !q, !q, !q, !attn.batch -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @parts_of_lists(%q: !q, %i: tensor<?x4x6xi32>, %cu: tensor<?xi32>) -> !q {
  // expected-error @+1 {{'attn.attend' op expected the schedule's parts to divide the lists' 6 blocks, got 4}}
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %q, %q, %cu indices(%i : tensor<?x4x6xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 4>} : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @parts_with_sinks(%q: !q, %s: tensor<4xf32>, %cu: tensor<?xi32>) -> !q {
  // expected-error @+1 {{'attn.attend' op expected a schedule of one part for an attention with sinks, got 2}}
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu sinks(%s : tensor<4xf32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 2>} : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @parts_of_a_group(%q: !q, %g: tensor<?x4x1xf32>, %cu: tensor<?xi32>) -> !q {
  // expected-error @+1 {{'attn.group' op expected one part of a group's keys, got a schedule with 2}}
  %r = attn.group {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 2>} : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
    %c = attn.combine %o gates %g values {tile.schedule = #tile.schedule<tokens = 4, keys = 16>} : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %c : !q
  } : !q
  return %r : !q
}

// -----

!q = tensor<?x4x16xf32>
func.func @many_parts(%q: !q, %cu: tensor<?xi32>) -> !q {
  // expected-error @+1 {{'attn.attend' op expected a schedule of at most 32 parts, which are merged, got 33}}
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 33>} : !q, !q, !q, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}
