// REQUIRES: fovea-opt, fovea-interpret
// Functions of few queries: kernels whose programs share a tile's keys, from pages, and what merges them. Whatever tables,
// lists and ends say, nothing leaves its array.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles -o %t.placed && fovea-opt %t.placed --convert-tile-to-simt=target=%{target} --simt-narrow-indices -o %t.threads
// DEFINE: %{batch} = --lengths=0,1,600,137,64 --queries=0,1,4,1,2 --scale=0.25 --tolerance=0.01
// DEFINE: %{run} = fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=2 %{batch}
// DEFINE: %{any} = fovea-interpret %t.threads --garbage=12 --lengths=9,0,200,17 --queries=3,0,4,1
// RUN: %{lower}
// RUN: FileCheck %s --check-prefix=PARTS --input-file=%t.logical
// PARTS-DAG: @causal_part_merge
// PARTS-DAG: tile.kernel private @causal_attend{{.*}} parts = 32
// PARTS-DAG: tile.kernel private @chosen_index_blocks{{.*}} parts = 32
// RUN: fovea-interpret %t.placed --against=%t.logical --seeds=2 %{batch} --entry=causal | FileCheck %s
// RUN: %{run} --entry=causal | FileCheck %s
// RUN: %{run} --entry=selected --list-block=128 | FileCheck %s
// RUN: %{run} --entry=chosen | FileCheck %s
// RUN: %{any} --entry=causal | FileCheck %s
// RUN: %{any} --entry=selected --list-block=128 | FileCheck %s
// RUN: %{any} --entry=chosen | FileCheck %s
// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: %{run} --entry=causal | FileCheck %s
// RUN: %{run} --entry=selected --list-block=128 | FileCheck %s
// RUN: %{run} --entry=chosen | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

!q = tensor<?x8x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!s = tensor<?x8xf32>
!lists = tensor<?x2x16xi32>

func.func @causal(%q: !q, %kc: tensor<?x16x2x32xbf16>, %vc: tensor<?x16x2x32xbf16>, %cuq: !cu, %cuk: !cu, %used: !cu, %table: !cu) -> (!q, !s) attributes {attn.most_queries = 4 : i64} {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %k = attn.gather_pages %kc through %table : tensor<?x16x2x32xbf16>, !cu -> !kv
  %v = attn.gather_pages %vc through %table : tensor<?x16x2x32xbf16>, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %batch : !q, !kv, !kv, !attn.batch -> !q, !s
  return %o, %lse : !q, !s
}

func.func @selected(%q: !q, %cache: tensor<?x2x64x64xbf16>, %cuq: !cu, %cuk: !cu, %used: !cu, %table: !cu, %i: !lists) -> !q attributes {attn.most_queries = 4 : i64} {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %k = attn.gather_pages %cache through %table heads_first : tensor<?x2x64x64xbf16>, !cu -> !kv
  %v = attn.gather_pages %cache through %table heads_first columns 32 : tensor<?x2x64x64xbf16>, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.selected<block = 128> in %k, %v, %batch indices(%i : !lists) : !q, !kv, !kv, !attn.batch -> !q, !s
  return %o : !q
}

func.func @chosen(%iq: tensor<?x4x32xbf16>, %cache: tensor<?x32x1x32xbf16>, %cuq: !cu, %cuk: !cu, %used: !cu, %table: !cu) -> tensor<?x4x3xi32> attributes {attn.most_queries = 4 : i64} {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %ik = attn.gather_pages %cache through %table : tensor<?x32x1x32xbf16>, !cu -> tensor<?x1x32xbf16>
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 16> in %ik, %batch : tensor<?x4x32xbf16>, tensor<?x1x32xbf16>, !attn.batch -> tensor<?x4x?xf32>
  %i = attn.select_topk %s, %batch of #attn.selected<block = 16> top 3 initial 1 local 1 : tensor<?x4x?xf32>, !attn.batch -> tensor<?x4x3xi32>
  return %i : tensor<?x4x3xi32>
}
