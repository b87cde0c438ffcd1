// Index rankers on the CPU: MiniMax-M3's MSA and a QSA-like spec, fused and not, and smaller
// sizes with every shape of index heads.
// RUN: fovea-run %examples/msa.mlir --lengths=300,0,1,128,129 --verify --verify-tokens=20 | FileCheck %s
// RUN: fovea-run %examples/qsa.mlir --lengths=90,0,3,4,7 --verify --verify-tokens=20 | FileCheck %s
// DEFINE: %{run} = fovea-run %s --lengths=0,1,63,64,65,130,7 --verify --verify-tokens=100 --seed=3
// RUN: %{run} --entry=shared_forward | FileCheck %s
// RUN: %{run} --entry=shared_forward --no-fuse | FileCheck %s
// RUN: %{run} --entry=weighted_forward | FileCheck %s
// RUN: %{run} --entry=weighted_forward --no-fuse | FileCheck %s
// RUN: %{run} --entry=mixed_forward | FileCheck %s
// RUN: %{run} --entry=window_index | FileCheck %s
// CHECK: verified

// Three index heads for each of two KV heads, which share the keys.
attn.spec @shared heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 6 over 1 dim 8 by #attn.max_index
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 1 local 1 ranked by @index
}

// Blocks of two pools; the last tokens of most sequences are in no pool, and nothing is forced.
attn.spec @weighted heads 4 over 2 dims 16 x 16 of bf16 {
  attn.ranker @index heads 4 over 2 dim 24 by #attn.relu_index<pool = 3>
  attn.branch @best sees #attn.selected<block = 6> top 5 initial 0 local 0 ranked by @index
}

// One ranker for two branches, beside one that a compressed branch ranks.
attn.spec @mixed heads 4 over 2 dims 16 x 16 of f16 gates logits {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.ranker @index heads 2 over 2 dim 16 by #attn.relu_index<pool = 4>
  attn.branch @best sees #attn.selected<block = 16> top 2 initial 1 local 1 ranked by @far
  attn.branch @fine sees #attn.selected<block = 4> top 8 initial 0 local 1 ranked by @index
  attn.branch @rough sees #attn.selected<block = 64> top 2 initial 0 local 1 ranked by @index
}

// Only what a window holds is ranked: blocks that it left score -inf, and are not chosen.
func.func @window_index(%iq: tensor<?x2x8xf32> {attn.name = "iq"}, %ik: tensor<?x2x8xf32> {attn.name = "ik"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x2x6xi32> {attn.name = "indices"}) {
  %s = attn.index_blocks %iq over #attn.window<20> into #attn.selected<block = 8> in %ik, %cu : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 6 initial 1 local 1 : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x6xi32>
  return %i : tensor<?x2x6xi32>
}
