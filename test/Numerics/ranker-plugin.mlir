// A ranker from outside (examples/extension): its scores come from
// operations, so the reference, a CPU and a GPU have it.
// DEFINE: %{plugin} = --load-dialect-plugin=%fovea_output/lib/FoveaExample.so
// RUN: fovea-opt %s %{plugin} --attn-expand-spec | FileCheck %s --check-prefix=EXPANDED
// RUN: fovea-run %s %{plugin} --lengths=0,1,63,64,65,200 --verify | FileCheck %s
// RUN: foveac %s %{plugin} --target=sm_80 --emit=ptx | FileCheck %s --check-prefix=PTX
// RUN: sed 's/block = 16/block = 12/' %s > %t.mlir
// RUN: not fovea-opt %t.mlir %{plugin} 2>&1 | FileCheck %s --check-prefix=BLOCK

// CHECK: verified
// EXPANDED: %[[SUMS:.+]] = attn.compress %{{.+}} by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 8>
// EXPANDED: attn.index_blocks %{{.+}} over #attn.compressed<block = 8, stride = 8> into #attn.selected<block = 16> in %[[SUMS]]
// PTX: .entry near_forward_select_topk
// BLOCK: error: 'attn.branch' op expected pool to divide the selection block, got pool = 8 and block = 12
attn.spec @near heads 4 over 2 dims 16 x 16 of bf16 {
  attn.ranker @index heads 4 over 1 dim 16 by #example.pooled_max<pool = 8>
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}
