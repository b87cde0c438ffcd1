// Products of one visit beside the softmax of the next: every key set of ranges, with score
// regions, sinks and lse, bit for bit as without, under every order; one warpgroup, two in
// turns, three.
// DEFINE: %{run} = fovea-interpret %t.placed --against=%t.logical --seeds=2 --lengths=0,1,37,70
// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: %{run} --entry=causal --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=narrow --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=full --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=compressed --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=keys_are_values --nan-sequence=3 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// A turn that is passed twice, or to nobody, is a deadlock; here the second warpgroup never
// gets its own.
// RUN: sed '/tile.pass_turn/d' %t.placed > %t.stuck
// RUN: not fovea-interpret %t.stuck --unverified --against=%t.logical --entry=causal --seeds=1 --lengths=70 | FileCheck %s --check-prefix=STUCK
// STUCK: deadlock: no role of the block can run
// STUCK: note: group 1 waits for its turn, which is group 0's

!q = tensor<?x16x16xbf16>
!kv = tensor<?x1x16xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x16xf32>
!head = tensor<16xf32>

func.func @causal(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu
      {tile.schedule = #tile.schedule<tokens = 8, keys = 16, gpu = <stages = 2, outer_stages = 2, overlap = true, turns = true>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// One load serves both products of a visit, and has to be done twice for two visits.
func.func @keys_are_values(%q: !q, %k: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu
      {tile.schedule = #tile.schedule<tokens = 8, keys = 16, gpu = <stages = 2, overlap = true, turns = true>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @window(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %sinks: !head) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.window<40> in %k, %v, %cu sinks(%sinks : !head)
      scores(%s, %t, %u, %h) {
    %d = arith.subi %u, %t : i32
    %f = arith.sitofp %d : i32 to f32
    %x = arith.addf %s, %f : f32
    %y = math.tanh %x : f32
    attn.score %y
  } {tile.schedule = #tile.schedule<tokens = 4, keys = 16, gpu = <stages = 3, overlap = true>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// Its blocks all need a mask: the range of those that do not is empty, and upside down.
func.func @narrow(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.window<5> in %k, %v, %cu
      {tile.schedule = #tile.schedule<tokens = 8, keys = 16, gpu = <stages = 2, overlap = true>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// The last block that needs no mask ends with the sequence, not with the queries.
func.func @full(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.full in %k, %v, %cu
      {tile.schedule = #tile.schedule<tokens = 4, keys = 16, gpu = <stages = 2, overlap = true>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @compressed(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu : !kv, !cu -> !kv
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 4, stride = 2> in %kc, %vc, %cu
      {tile.schedule = #tile.schedule<tokens = 12, keys = 16, gpu = <stages = 2, overlap = true>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}
