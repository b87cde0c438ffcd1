// Groups of 12 and 5 heads, whose tokens take 16 and 8 rows: the rows past the heads hold
// the next KV head's, and change nothing.
// DEFINE: %{run} = fovea-interpret %t.placed --against=%t.logical --seeds=3 --lengths=0,1,31,40
// RUN: fovea-opt %s --attn-fuse --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: %{run} --entry=window --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=selected --nan-sequence=2 --blocks=3 | FileCheck %s
// RUN: %{run} --entry=scored --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=gated --nan-sequence=3 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// Rows that are stored past the heads meet the next KV head's.
// RUN: sed 's/ within 12//' %t.placed | not fovea-interpret --policy=round-robin --lengths=0,1,31,40 --entry=window | FileCheck %s --check-prefix=STORED
// STORED: race: an element is written by two programs

// Without padding in the logical kernel: the same numbers.
// RUN: sed 's/, group_rows = [0-9]*//' %s > %t.plain.mlir
// RUN: fovea-opt %t.plain.mlir --attn-fuse --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.exact
// RUN: fovea-interpret %t.logical --against=%t.exact --entry=scored --lengths=0,1,31,40 | FileCheck %s
// RUN: fovea-interpret %t.logical --against=%t.exact --entry=gated --lengths=0,1,31,40 | FileCheck %s

!q = tensor<?x24x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x24xf32>
!q5 = tensor<?x10x32xbf16>
!lse5 = tensor<?x10xf32>
!lists = tensor<?x2x3xi32>

func.func @window(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.window<20> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @selected(%q: !q5, %k: !kv, %v: !kv, %cu: !cu, %i: !lists) -> (!q5, !lse5) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %k, %v, %cu indices(%i : !lists) {tile.schedule = #tile.schedule<tokens = 16, keys = 16, group_rows = 8>} : !q5, !kv, !kv, !cu -> !q5, !lse5
  return %o, %lse : !q5, !lse5
}

func.func @scored(%q: !q5, %k: !kv, %v: !kv, %cu: !cu) -> !lists {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %vc, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32, group_rows = 8>} : !q5, !kv, !kv, !cu -> !q5, !lse5
  %lists = attn.group attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 32, group_rows = 8>} {
    %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 8> in %kc, %lse, %cu : !q5, !kv, !lse5, !cu -> tensor<?x2x?xf32>
    %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : tensor<?x2x?xf32>, !cu -> !lists
    attn.yield %i : !lists
  } : !lists
  return %lists : !lists
}

func.func @gated(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: tensor<?x24x1xf32>) -> !q {
  %x = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} {
    %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} : !q, !kv, !kv, !cu -> !q, !lse
    %c = attn.combine %o gates %g logits {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} : (!q, tensor<?x24x1xf32>) -> !q
    attn.yield %c : !q
  } : !q
  return %x : !q
}
