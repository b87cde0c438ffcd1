// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --attn-fuse --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse \
// RUN:   | FileCheck %s --check-prefix=FUSED

!iq = tensor<?x8x16xf32>
!ik = tensor<?x1x16xf32>
!cu = tensor<?xi32>
!lists = tensor<?x2x3xi32>
!scores = tensor<?x2x?xf32>

// Unfused: a matrix of whole steps of blocks in a workspace, read back block by block.
// CHECK-LABEL: func.func @max_index
// CHECK: %[[MATRIX:.+]] = memref.alloc(%{{.+}}, %{{.+}}) {{.*}} : memref<?x2x?xf32>
// CHECK: tile.launch @max_index_index_blocks
// CHECK: tile.launch @max_index_select_topk
// CHECK: memref.dealloc %[[MATRIX]]
// CHECK-LABEL: tile.kernel private @max_index_index_blocks
// CHECK: tile.block_max
// CHECK: tile.store

// Fused: masked elements are -inf in each head, heads are summed, and the best key of each
// block goes to the top-k. Two KV heads share the index keys.
// FUSED-LABEL: func.func @max_index
// FUSED-NOT: memref.alloc
// FUSED-LABEL: tile.kernel private @max_index_select_topk
// FUSED-NOT: tile.load {{.*}} sizes [64, 1, 16]
// FUSED: scf.for {{.*}} -> (tensor<16x3xf32>, tensor<16x3xi32>)
// FUSED: tile.load %{{.+}}[%{{.+}}, %c0, %c0] sizes [64, 1, 16]
// FUSED: tile.dot
// FUSED-NOT: arith.maxnumf
// FUSED: scf.if
// FUSED: tile.reduce add %{{.+}} axis 0 by 4
// FUSED: tile.block_max %{{.+}} by 8
// FUSED: arith.minnumf
// FUSED: tile.topk_update
func.func @max_index(%iq: !iq, %ik: !ik, %cu: !cu) -> !lists {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 8> in %ik, %cu : !iq, !ik, !cu -> !scores
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : !scores, !cu -> !lists
  return %i : !lists
}

// Rectified before they are weighed; a pool of 4 tokens per key, and two in a block.
// FUSED-LABEL: func.func @relu_index
// FUSED-LABEL: tile.kernel private @relu_index_select_topk
// FUSED: tile.load %{{.+}} sizes [16, 4]
// FUSED: %[[DOT:.+]] = tile.dot
// FUSED: %[[RELU:.+]] = arith.maxnumf %[[DOT]]
// FUSED: arith.mulf %[[RELU]]
// FUSED: tile.block_max %{{.+}} by 2
func.func @relu_index(%iq: !iq, %pk: !ik, %w: tensor<?x8xf32>, %cu: !cu) -> !lists {
  %s = attn.index_blocks %iq over #attn.compressed<block = 4, stride = 4> into #attn.selected<block = 8> in %pk, %cu through relu weights(%w : tensor<?x8xf32>) : !iq, !ik, !cu -> !scores
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 0 local 1 : !scores, !cu -> !lists
  return %i : !lists
}
