// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse --split-input-file | FileCheck %s
// RUN: fovea-opt %s --attn-fuse --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse --split-input-file \
// RUN:   | FileCheck %s --check-prefix=FUSED

!q = tensor<?x4x16xf32>
!kv = tensor<?x1x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>
!indices = tensor<?x1x4xi32>

// Unfused: a matrix of whole steps of blocks in a workspace, read back 64 blocks at a time.
// CHECK-LABEL: func.func @select
// CHECK: %[[MATRIX:.+]] = memref.alloc(%{{.+}}, %{{.+}}) {{.*}} : memref<?x1x?xf32>
// CHECK: tile.launch @select_score_blocks
// CHECK: tile.launch @select_select_topk
// CHECK: memref.dealloc %[[MATRIX]]
// CHECK-LABEL: tile.kernel private @select_select_topk
// CHECK: scf.for
// CHECK: tile.load %{{.+}} sizes [16, 1, 64]
// CHECK: tile.topk_update
// CHECK: tile.topk_indices
// CHECK-LABEL: tile.kernel private @select_score_blocks
// CHECK: tile.band_sum
// CHECK: tile.store

// Fused: no matrix, one launch; scores stream from the band sum into the top-k.
// FUSED-LABEL: func.func @select
// FUSED-NOT: memref.alloc
// FUSED: tile.launch @select_select_topk
// FUSED-LABEL: tile.kernel private @select_select_topk
// FUSED: %[[STREAM:.+]]:3 = scf.for {{.*}} -> (tensor<16x1xf32>, tensor<16x4xf32>, tensor<16x4xi32>)
// FUSED: tile.dot
// FUSED: tile.reduce add %{{.+}} axis 0 by 4
// FUSED: %[[SCORES:.+]], %{{.+}} = tile.band_sum %{{.+}} carry %{{.+}} block 4 stride 2 into 8
// FUSED: arith.select
// FUSED: tile.topk_update
// FUSED: tile.topk_indices %[[STREAM]]#1, %[[STREAM]]#2
// FUSED-NOT: tile.kernel
func.func @select(%q: !q, %kc: !kv, %lse: !lse, %cu: !cu) -> !indices {
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> tensor<?x1x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2 : tensor<?x1x?xf32>, !cu -> !indices
  return %i : !indices
}

// -----

!o = tensor<?x4x16xbf16>

// A combine that stands alone: rows regardless of sequences. Grouped with the attend,
// its branch never leaves the kernel.
// CHECK-LABEL: tile.kernel private @gate_combine
// CHECK: math.exp
// CHECK: arith.divf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: tile.store
// FUSED-LABEL: func.func @gate
// FUSED-NOT: memref.alloc
// FUSED: tile.launch @gate_combine
// FUSED-LABEL: tile.kernel private @gate_combine
// FUSED-COUNT-2: tile.for_visits
// FUSED: tile.store
// FUSED-NOT: tile.store
func.func @gate(%q: !o, %k: tensor<?x1x16xbf16>, %cu: tensor<?xi32>, %g: tensor<?x4x2xbf16>) -> !o {
  %a, %l0 = attn.attend %q sees #attn.causal in %k, %k, %cu : !o, tensor<?x1x16xbf16>, tensor<?x1x16xbf16>, tensor<?xi32> -> !o, tensor<?x4xf32>
  %b, %l1 = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !o, tensor<?x1x16xbf16>, tensor<?x1x16xbf16>, tensor<?xi32> -> !o, tensor<?x4xf32>
  %o = attn.combine %a, %b gates %g logits : (!o, !o, tensor<?x4x2xbf16>) -> !o
  return %o : !o
}

// -----

!kv = tensor<?x1x16xf32>

// Six heads, four at a time: a load of queries and of lse for each part, the second of two
// heads and two rows of padding, one of keys, and one sum.
// FUSED-LABEL: tile.kernel private @parts_select_topk
// FUSED: tile.load %{{.+}} sizes [8, 4, 16] {{.*}}within
// FUSED: scf.for
// FUSED: %[[KEYS:.+]] = tile.load %{{.+}} sizes [{{[0-9]+}}, 1, 16]
// FUSED: %[[FIRST:.+]] = tile.dot %{{.+}}, %[[KEYS]]
// FUSED-NOT: tile.load
// FUSED: tile.dot %{{.+}}, %[[KEYS]]
// FUSED: %[[SUM:.+]] = arith.addf
// FUSED: tile.reduce add %[[SUM]] axis 0 by 4
// FUSED-NOT: tile.reduce add
// FUSED: tile.topk_indices
func.func @parts(%q: tensor<?x6x16xf32>, %kc: !kv, %lse: tensor<?x6xf32>, %cu: tensor<?xi32>) -> tensor<?x1x4xi32> {
  %i = attn.group attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 16, group_rows = 4>} {
    %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 2> into #attn.selected<block = 8> in %kc, %lse, %cu
        : tensor<?x6x16xf32>, !kv, tensor<?x6xf32>, tensor<?xi32> -> tensor<?x1x?xf32>
    %t = attn.select_topk %s, %cu of #attn.selected<block = 8> top 4 initial 1 local 2
        : tensor<?x1x?xf32>, tensor<?xi32> -> tensor<?x1x4xi32>
    attn.yield %t : tensor<?x1x4xi32>
  } : tensor<?x1x4xi32>
  return %i : tensor<?x1x4xi32>
}
