// A ranker of its own: blocks are chosen by it, compiled, and compared with the reference.
// RUN: fovea-run %s --load-dialect-plugin=%example --lengths=0,1,63,64,65,200 --verify | FileCheck %s
// RUN: sed 's/block = 16/block = 12/' %s > %t.mlir
// RUN: not fovea-opt %t.mlir --load-dialect-plugin=%example 2>&1 | FileCheck %s --check-prefix=BLOCK

// CHECK: index_mix 1 x 8 f32
// CHECK: verified
// BLOCK: expected pool to divide the selection block, got pool = 8 and block = 12
attn.spec @best heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #example.pooled_max<pool = 8>
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}
