// Index rankers, placed: rows that are tokens (one index head per KV head), sums over index
// heads, blocks of whole lanes, of some columns of a lane, and of none that fit a fragment.
// DEFINE: %{run} = fovea-interpret %t.placed --against=%t.logical --seeds=2 --lengths=0,1,31,40,65
// RUN: fovea-opt %s --attn-fuse --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: %{run} --entry=max --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=summed --nan-sequence=4 | FileCheck %s
// RUN: %{run} --entry=pooled --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=twelve --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=stored --nan-sequence=3 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// Whatever cu_seqlens holds.
// DEFINE: %{garbage} = fovea-interpret --garbage=16 --lengths=70,0,40,5 %t.placed
// RUN: %{garbage} --entry=max | FileCheck %s
// RUN: %{garbage} --entry=summed | FileCheck %s
// RUN: %{garbage} --entry=pooled | FileCheck %s

!q = tensor<?x2x32xbf16>
!q8 = tensor<?x8x32xbf16>
!k = tensor<?x1x32xbf16>
!k2 = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!scores = tensor<?x2x?xf32>
!lists = tensor<?x2x3xi32>

func.func @max(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 32>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 16> in %ik, %cu {tile.schedule = #tile.schedule<tokens = 64, keys = 32>} : !q, !k, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 16> top 3 initial 0 local 1 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}

func.func @summed(%iq: !q8, %ik: !k2, %w: tensor<?x8xf32>, %cu: !cu) -> !lists {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 16, keys = 32>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 32> in %ik, %cu through relu weights(%w : tensor<?x8xf32>) {tile.schedule = #tile.schedule<tokens = 16, keys = 32>} : !q8, !k2, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 32> top 3 initial 1 local 1 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}

// A key per block: a column of a lane each.
func.func @pooled(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %pk = attn.compress %ik by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : !k, !cu -> !k
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 16, keys = 16>} {
    %s = attn.index_blocks %iq over #attn.compressed<block = 4, stride = 4> into #attn.selected<block = 4> in %pk, %cu through relu {tile.schedule = #tile.schedule<tokens = 16, keys = 16>} : !q, !k, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 4> top 3 initial 0 local 0 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}

func.func @twelve(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 16, keys = 48>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 12> in %ik, %cu {tile.schedule = #tile.schedule<tokens = 16, keys = 48>} : !q, !k, !cu -> !scores
    %t = attn.select_topk %s, %cu of #attn.selected<block = 12> top 3 initial 0 local 1 : !scores, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %i : !lists
}

func.func @stored(%iq: !q, %ik: !k, %cu: !cu) -> !lists {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 8> in %ik, %cu {tile.schedule = #tile.schedule<tokens = 32, keys = 32, group_rows = 2>} : !q, !k, !cu -> !scores
  %t = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 {tile.schedule = #tile.schedule<tokens = 4, keys = 16>} : !scores, !cu -> !lists
  return %t : !lists
}
