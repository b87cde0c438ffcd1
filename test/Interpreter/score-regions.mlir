// Score regions, learned numbers per head and sinks on placed kernels, in groups whose tokens take
// more rows than they have heads too.
// DEFINE: %{run} = fovea-interpret %t.placed --against=%t.logical --seeds=3 --lengths=0,1,31,40
// RUN: fovea-opt %s --attn-fuse --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: %{run} --entry=window --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=scored --nan-sequence=3 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

!q = tensor<?x24x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x24xf32>
!head = tensor<24xf32>
!lists = tensor<?x2x3xi32>

func.func @window(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %sinks: !head, %slopes: !head) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.window<20> in %k, %v, %cu sinks(%sinks : !head)
      scores(%s, %t, %u, %h, %slope = %slopes : !head) {
    %d = arith.subi %u, %t : i32
    %f = arith.sitofp %d : i32 to f32
    %b = arith.mulf %f, %slope : f32
    %x = arith.addf %s, %b : f32
    %y = math.tanh %x : f32
    attn.score %y
  } {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @scored(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %sinks: !head, %biases: !head) -> !lists {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %vc, %cu sinks(%sinks : !head)
      scores(%s, %t, %u, %h, %bias = %biases : !head) {
    %y = arith.addf %s, %bias : f32
    attn.score %y
  } {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} : !q, !kv, !kv, !cu -> !q, !lse
  %lists = attn.group attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 16>} {
    %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 8> in %kc, %lse, %cu
        scores(%s, %t, %u, %h, %bias = %biases : !head) {
      %y = arith.addf %s, %bias : f32
      attn.score %y
    } : !q, !kv, !lse, !cu -> tensor<?x2x?xf32>
    %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : tensor<?x2x?xf32>, !cu -> !lists
    attn.yield %i : !lists
  } : !lists
  return %lists : !lists
}
