// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s

// Two programs share the keys of a tile: rows and lse of both go to arrays of f32 with twice the heads, by which a kernel
// behind merges them. The lse is stored for it, which nothing else reads.
// CHECK-LABEL: func.func @causal
// CHECK:         %[[PARTS:.+]] = memref.alloc(%{{.+}}) {{.*}} : memref<?x16x32xf32>
// CHECK:         %[[STATS:.+]] = memref.alloc(%{{.+}}) {{.*}} : memref<?x16xf32>
// CHECK:         tile.launch @causal_attend grid(%{{.+}}, %c4) (%{{.+}}, %[[PARTS]], %[[STATS]])
// CHECK:         tile.launch @causal_part_merge grid(%{{.+}}, %c8) (%[[PARTS]], %[[STATS]], %{{.+}}, %{{.+}}, %{{.+}})
// CHECK-LABEL: tile.kernel private @causal_part_merge
// CHECK-COUNT-2: arith.maxnumf
// CHECK-COUNT-2: tile.load %{{.+}} sizes [4, 1, 32] count
// CHECK-COUNT-2: math.exp2
// CHECK:         math.log2
// CHECK-LABEL: tile.kernel private @causal_attend
// CHECK:         %[[ID:.+]] = tile.program_id 1
// CHECK:         %[[PART:.+]] = arith.divui %[[ID]], %c2
// CHECK:         %[[HEAD:.+]] = arith.remui %[[ID]], %c2
// CHECK:         %[[ALL:.+]] = arith.maxsi %[[END:.+]], %c0
// CHECK:         %[[SOME:.+]] = arith.muli %[[ALL]], %[[PART]]
// CHECK:         %[[BEGIN:.+]] = arith.divui %[[SOME]], %c2
// CHECK:         %[[LAST:.+]] = arith.divui %{{.+}}, %c2
// CHECK:         tile.visit_range %[[BEGIN]] to %[[LAST]]
// CHECK:         %[[BEFORE:.+]] = arith.muli %[[PART]], %c2
// CHECK:         %[[OWN:.+]] = arith.addi %[[BEFORE]], %[[HEAD]]
// CHECK:         arith.muli %[[OWN]], %c4
// CHECK:         tile.store
!q = tensor<?x8x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
func.func @causal(%q: !q, %k: !kv, %cu: !cu) -> !q {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 2>} : !q, !kv, !kv, !cu -> !q, tensor<?x8xf32>
  return %o : !q
}

// A list is cut by its entries, and index heads write the scores of what they visit, which are merged by nobody.
// CHECK-LABEL: func.func @listed
// CHECK:         tile.launch @listed_index_blocks grid(%{{.+}}, %c8)
// CHECK-NOT:     part_merge
// CHECK:         tile.launch @listed_select_topk
// CHECK:         tile.launch @listed_attend grid(%{{.+}}, %c4)
// CHECK:         tile.launch @causal_part_merge
// CHECK-LABEL: tile.kernel private @listed_attend
// CHECK:         %[[COLUMN:.+]] = arith.muli %{{.+}}, %c2
// CHECK:         tile.load %{{.+}}[%{{.+}}, %{{.+}}, %[[COLUMN]]] sizes [4, 1, 2] count
// CHECK-LABEL: tile.kernel private @listed_select_topk
// CHECK:         tile.load %{{.+}} sizes [{{.+}}, 1, 64] count
// CHECK-LABEL: tile.kernel private @listed_index_blocks
// CHECK:         %[[NUMBER:.+]] = arith.divui %{{.+}}, %c2
// CHECK:         %[[STEPS:.+]] = arith.muli %{{.+}}, %[[NUMBER]]
// CHECK:         arith.divui %[[STEPS]], %c4
// CHECK:         scf.for
func.func @listed(%q: !q, %k: !kv, %iq: tensor<?x2x32xbf16>, %cu: !cu) -> !q {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 16> in %k, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, parts = 4>} : tensor<?x2x32xbf16>, !kv, !cu -> tensor<?x2x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 16> top 4 initial 0 local 1 : tensor<?x2x?xf32>, !cu -> tensor<?x2x4xi32>
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %k, %k, %cu indices(%i : tensor<?x2x4xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 16, parts = 2>} : !q, !kv, !kv, !cu -> !q, tensor<?x8xf32>
  return %o : !q
}
