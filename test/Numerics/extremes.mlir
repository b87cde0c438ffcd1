// REQUIRES: numpy, foveac
// RUN: %python %S/Inputs/extremes.py %s cpu %openmp_library | FileCheck %s
// RUN: %python %S/Inputs/extremes.py %s reference | FileCheck %s

// CHECK: keys at -inf weigh nothing: ok
// CHECK: a row of logits at -inf is empty: ok
// CHECK: a NaN key reaches who sees it, and nobody else: ok
// CHECK: a NaN query is its own row's affair: ok
// CHECK: a logit at +inf gives NaN: ok
// CHECK: a NaN value reaches who sees it, and no other sequence: ok
// CHECK: logits around 1e+05: ok
// CHECK: logits around 1e+09: ok
// CHECK: logits around 1e+12: ok
// CHECK: logits around 1e+30: ok
// CHECK: negative logits around 1e+12: ok
// CHECK: equal large logits share: ok
// CHECK: gated rows at -inf weigh nothing: ok
// CHECK: a gated window of rows at -inf is 0: ok
// CHECK: blocks by an lse of -inf score 0: ok
// CHECK: blocks by an lse of NaN are not chosen: ok
// CHECK: blocks by large logits are ranked, or score 0: ok
// CHECK: an index key that is NaN does not count: ok
// CHECK: a rectified NaN is 0: ok
// CHECK: index scores past f32 do not push out forced blocks: ok
// CHECK: a sink takes weight, and one of -inf is none: ok
// CHECK: a region sees infinities and NaN as they are: ok
// CHECK: a sink of NaN or +inf makes its head NaN: ok

!q = tensor<?x2x16xf32>
!kv = tensor<?x1x16xf32>
!rows = tensor<?x2xf32>
!cu = tensor<?xi32>

func.func @causal(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !rows {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu scale 1.0 : !q, !kv, !kv, !cu -> !q, !rows
  return %o, %lse : !q, !rows
}

func.func @capped(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %sinks: tensor<2xf32> {attn.name = "sinks"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !rows {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu scale 1.0 sinks(%sinks : tensor<2xf32>) scores(%s, %t, %u, %h) {
    %cap = arith.constant 4.0 : f32
    %x = arith.divf %s, %cap : f32
    %y = math.tanh %x : f32
    %z = arith.mulf %y, %cap : f32
    attn.score %z
  } : !q, !kv, !kv, !cu -> !q, !rows
  return %o, %lse : !q, !rows
}

func.func @gated(%k: !kv {attn.name = "k"}, %u: tensor<1x16xf32> {attn.name = "u"}, %c: tensor<1x8xf32> {attn.name = "c"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!kv {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<gated> into #attn.compressed<block = 8, stride = 4> over %cu params(%u, %c : tensor<1x16xf32>, tensor<1x8xf32>) : !kv, !cu -> !kv
  return %kc : !kv
}

func.func @choose(%q: !q {attn.name = "q"}, %kc: !kv {attn.name = "kc"}, %lse: !rows {attn.name = "lse"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x1x3xi32> {attn.name = "indices"}) {
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 8> in %kc, %lse, %cu scale 1.0 : !q, !kv, !rows, !cu -> tensor<?x1x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : tensor<?x1x?xf32>, !cu -> tensor<?x1x3xi32>
  return %i : tensor<?x1x3xi32>
}

func.func @rank(%iq: !q {attn.name = "iq"}, %ik: !kv {attn.name = "ik"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x1x3xi32> {attn.name = "indices"}) {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 8> in %ik, %cu : !q, !kv, !cu -> tensor<?x1x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : tensor<?x1x?xf32>, !cu -> tensor<?x1x3xi32>
  return %i : tensor<?x1x3xi32>
}

func.func @rank_relu(%iq: !q {attn.name = "iq"}, %ik: !kv {attn.name = "ik"}, %w: !rows {attn.name = "w"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x1x3xi32> {attn.name = "indices"}) {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 8> in %ik, %cu through relu weights(%w : !rows) : !q, !kv, !cu -> tensor<?x1x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : tensor<?x1x?xf32>, !cu -> tensor<?x1x3xi32>
  return %i : tensor<?x1x3xi32>
}
