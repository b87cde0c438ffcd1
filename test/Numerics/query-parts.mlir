// Programs that share the keys of a tile of queries, and what merges them, against the reference: parts without a key, rows
// that see none, lists of few entries, and scores of blocks that programs of their own write.
// REQUIRES: foveac
// RUN: fovea-run %s --entry=causal --lengths=0,1,63,64,200,129 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %s --entry=chosen --no-fuse --lengths=0,1,63,64,200,129 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %s --entry=chosen --no-fuse --lengths=0,1,63,64,200,1290 --data=dyadic --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %s --entry=behind --lengths=0,1,63,64,200,129 --queries=0,1,3,1,0,4 --verify --verify-tokens=0 | FileCheck %s
// CHECK: verified against the reference: every token
// CHECK: o {{.*}} a bound per element ok

!q = tensor<?x8x32xf32>
!kv = tensor<?x2x32xf32>
!cu = tensor<?xi32>
!lse = tensor<?x8xf32>

func.func @causal(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 5>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @chosen(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %iq: tensor<?x2x32xf32> {attn.name = "iq"}, %ik: !kv {attn.name = "ik"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, tensor<?x2x4xi32> {attn.name = "indices"}) {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 16> in %ik, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, parts = 3>} : tensor<?x2x32xf32>, !kv, !cu -> tensor<?x2x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 16> top 4 initial 1 local 1 : tensor<?x2x?xf32>, !cu -> tensor<?x2x4xi32>
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %k, %v, %cu indices(%i : tensor<?x2x4xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 4>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %i : !q, tensor<?x2x4xi32>
}

func.func @behind(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cuq: !cu {attn.name = "cu_seqlens_q"}, %cuk: !cu {attn.name = "cu_seqlens_k"}, %used: !cu {attn.name = "seqused_k"}) -> (!q {attn.name = "o"}) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %o, %lse = attn.attend %q sees #attn.window<100> in %k, %v, %batch {tile.schedule = #tile.schedule<tokens = 2, keys = 32, parts = 2>} : !q, !kv, !kv, !attn.batch -> !q, !lse
  return %o : !q
}
