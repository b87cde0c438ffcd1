// Queries behind keys that lie in pages against the reference: pages of all sizes and layouts, in no order, slots of no token
// NaN, entries behind a sequence's last page no page or any. What is computed is what it is of packed keys, bit for bit.
// REQUIRES: foveac
// RUN: split-file %s %t
// DEFINE: %{spec} = msa
// DEFINE: %{more} =
// DEFINE: %{run} = fovea-run %t/%{spec}.mlir --entry=%{spec}_extend --lengths=330,0,1,127,128,16 %{more}
// DEFINE: %{verify} = %{run} --verify --verify-tokens=0 | FileCheck %s
// RUN: %{verify}
// REDEFINE: %{more} = --queries=1,0,1,40,16,0 --no-fuse
// RUN: %{verify}
// REDEFINE: %{more} = --queries=4,0,0,4,4,4 --data=dyadic
// RUN: %{verify}
// REDEFINE: %{spec} = small
// RUN: %{verify}
// REDEFINE: %{more} =
// RUN: %{verify}
// REDEFINE: %{spec} = all
// RUN: %{verify}
// CHECK: block_table {{.*}} from the lengths
// CHECK: verified against the reference: every token
// CHECK: o {{.*}} a bound per element ok

// RUN: fovea-run %t/packed.mlir --lengths=300,5 --queries=9,2 --output=o=%t/packed.npy
// RUN: fovea-run %t/paged.mlir --lengths=300,5 --queries=9,2 --output=o=%t/paged.npy
// RUN: cmp %t/packed.npy %t/paged.npy

//--- msa.mlir
attn.spec @msa heads 8 over 2 dims 32 x 48 of f32 entries extend pages 128 heads_first interleaved {
  attn.ranker @index heads 4 over 1 dim 16 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 64> top 3 initial 1 local 1 ranked by @index
}
//--- small.mlir
attn.spec @small heads 4 over 1 dims 64 x 64 of bf16 gates logits entries extend pages 16 {
  attn.ranker @index heads 2 over 1 dim 32 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 32> top 4 initial 0 local 1 ranked by @index sinks
  attn.branch @near sees #attn.window<50> own_kv
}
//--- all.mlir
attn.spec @all heads 6 over 2 dims 40 x 24 of f16 gates values entries extend pages 256 heads_first {
  attn.branch @full sees #attn.full
  attn.branch @causal sees #attn.causal sinks
}
//--- packed.mlir
attn.spec @s heads 4 over 2 dims 32 x 32 of bf16 entries extend {
  attn.branch @near sees #attn.window<100>
}
//--- paged.mlir
attn.spec @s heads 4 over 2 dims 32 x 32 of bf16 entries extend pages 64 {
  attn.branch @near sees #attn.window<100>
}
