// Tiles of keys whose visits are cut into parts: programs of their own, sums in f32, and a kernel that adds these up.
// RUN: fovea-opt %s --attn-infer-rows --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s

!q = tensor<?x4x16xbf16>
!k = tensor<?x2x16xbf16>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>

// One kernel for both sums, whose shapes are the same.
// CHECK-LABEL: func.func @keys
// CHECK:         %[[DK:.+]] = memref.alloc(%{{.+}}) {{.+}} : memref<?x6x16xf32>
// CHECK:         %[[DV:.+]] = memref.alloc(%{{.+}}) {{.+}} : memref<?x6x16xf32>
// CHECK:         tile.launch @keys_attend_grad_kv grid(%{{.+}}, %c6) {{.+}}, %[[DK]], %[[DV]])
// CHECK:         tile.launch @keys_part_sums grid(%{{.+}}, %c2) (%[[DK]], %arg7, %{{.+}})
// CHECK:         memref.dealloc %[[DK]]
// CHECK:         tile.launch @keys_part_sums grid(%{{.+}}, %c2) (%[[DV]], %arg8, %{{.+}})
// CHECK:         memref.dealloc %[[DV]]

// CHECK-LABEL: tile.kernel private @keys_part_sums
// CHECK:         %[[HEAD:.+]] = tile.program_id 1
// CHECK:         %[[SUM:.+]] = scf.for %[[FROM:.+]] = %c0 to %c6 step %c2 iter_args(%[[SO_FAR:.+]] = %{{.+}})
// CHECK:           %[[AT:.+]] = arith.addi %[[HEAD]], %[[FROM]]
// CHECK:           %[[PART:.+]] = tile.load %arg0[%{{.+}}, %[[AT]], %c0] sizes [4, 1, 16]
// CHECK:           arith.addf %[[SO_FAR]], %[[PART]]
// CHECK:         %[[ROUNDED:.+]] = arith.truncf %[[SUM]]
// CHECK:         tile.store %[[ROUNDED]], %arg1[%{{.+}}, %[[HEAD]], %c0]

// Of 32 tokens a visit, a third of a sequence's each; what is summed is stored as the program's own head. A GPU's
// products take P rounded, and dS is made of that.
// CHECK-LABEL: tile.kernel private @keys_attend_grad_kv
// CHECK:         %{{.+}}, %{{.+}}, %[[LENGTH:.+]], %{{.+}}, %{{.+}} = tile.locate
// CHECK:         %[[PROGRAM:.+]] = tile.program_id 1
// CHECK:         %[[PART:.+]] = arith.divui %[[PROGRAM]], %c2
// CHECK:         %[[KV_HEAD:.+]] = arith.remui %[[PROGRAM]], %c2
// CHECK:         tile.load %arg1[%{{.+}}, %[[KV_HEAD]], %c0] sizes [64, 1, 16]
// CHECK:         %[[UP:.+]] = arith.addi %[[LENGTH]], %c31
// CHECK:         %[[VISITS:.+]] = arith.divui %[[UP]], %c32
// CHECK:         %[[SHARES_UP:.+]] = arith.addi %[[VISITS]], %c2
// CHECK:         %[[SHARE:.+]] = arith.divui %[[SHARES_UP]], %c3
// CHECK:         %[[FIRST:.+]] = arith.muli %[[PART]], %[[SHARE]]
// CHECK:         %[[END:.+]] = arith.addi %[[FIRST]], %[[SHARE]]
// CHECK:         arith.maxsi %{{.+}}, %[[FIRST]]
// CHECK:         %[[BEGIN:.+]] = arith.minsi %{{.+}}, %[[END]]
// CHECK:         tile.visit_range %[[BEGIN]] to
// CHECK:           %[[P:.+]] = arith.truncf %{{.+}} : tensor<64x64xf32> to tensor<64x64xbf16>
// CHECK:           arith.extf %[[P]]
// CHECK:           %[[DS:.+]] = arith.truncf
// CHECK:           tile.dot %[[P]]
// CHECK:           tile.dot %[[DS]]
// CHECK:         tile.store %{{.+}}, %arg7[%{{.+}}, %[[PROGRAM]], %c0]
func.func @keys(%q: !q, %k: !k, %v: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s) -> (!k, !k) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<50> in %k, %v, %cu of %do, %lse, %delta
      {tile.schedule = #tile.schedule<tokens = 32, keys = 64, parts = 3, gpu = <stages = 2>>} : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}

// A part of a listed block's visits is of as many entries as half of the sequence's tokens, which are the most that list
// a block, and at least of 128, four for each key. Sums of second parts have slots of a block's rows before the rows of
// the keys, as many as lists of three blocks have parts of 128 entries.
// CHECK-LABEL: func.func @listed
// CHECK:         %[[TOKENS:.+]] = memref.dim %arg8, %c0
// CHECK:         %[[ENTRIES:.+]] = arith.muli %[[TOKENS]], %c3
// CHECK:         %[[SLOTS:.+]] = arith.divui %[[ENTRIES]], %c128
// CHECK:         %[[MORE:.+]] = arith.muli %[[SLOTS]], %c64
// CHECK:         %[[ROWS:.+]] = arith.addi %{{.+}}, %[[MORE]]
// CHECK:         %[[DK:.+]] = memref.alloc(%[[ROWS]]) {{.+}} : memref<?x2x16xf32>
// CHECK:         tile.launch @listed_attend_grad_kv grid(%{{.+}}, %c4)
// CHECK:         tile.launch @listed_listed_sums grid(%{{.+}}, %c2) (%arg3, %arg7, %arg8, %[[DK]], %arg9, %{{.+}})

// Those of a tile are added up, first its own.
// CHECK-LABEL: tile.kernel private @listed_listed_sums
// CHECK:         %[[PARTS:.+]] = arith.minsi %{{.+}}, %c2
// CHECK:         %[[SUM:.+]] = scf.for %[[PART:.+]] = %c0 to %[[PARTS]] step %c1
// CHECK:           %[[FIRST:.+]] = arith.muli %[[PART]], %[[ENTRIES:.+]] : index
// CHECK:           %[[AT:.+]] = arith.addi %{{.+}}, %[[FIRST]]
// CHECK:           %[[SLOT:.+]] = arith.divui %[[AT]], %c128
// CHECK:           %[[BLOCK:.+]] = arith.muli %[[SLOT]], %c64
// CHECK:           %[[BEFORE:.+]] = arith.addi %[[BLOCK]], %c-64
// CHECK:           %[[SLOT_ROW:.+]] = arith.addi %[[BEFORE]], %{{.+}}
// CHECK:           %[[TILE_ROW:.+]] = arith.addi %{{.+}}, %{{.+}}
// CHECK:           %[[ROW:.+]] = arith.select %{{.+}}, %[[SLOT_ROW]], %[[TILE_ROW]]
// CHECK:           tile.load %arg3[%[[ROW]], %{{.+}}, %c0] sizes [4, 1, 16]
// CHECK:         tile.store %{{.+}}, %arg4[

// CHECK-LABEL: tile.kernel private @listed_attend_grad_kv
// CHECK:         %{{.+}}, %{{.+}}, %[[LENGTH:.+]], %{{.+}}, %{{.+}} = tile.locate
// CHECK:         %[[UP:.+]] = arith.addi %[[LENGTH]], %c3
// CHECK:         %[[VISITS:.+]] = arith.divui %[[UP]], %c4
// CHECK:         %[[SHARES_UP:.+]] = arith.addi %[[VISITS]], %c1
// CHECK:         %[[SHARE:.+]] = arith.divui %[[SHARES_UP]], %c2
// CHECK:         %[[PART:.+]] = arith.maxsi %[[SHARE]], %c32
// CHECK:         arith.muli %[[PART]], %c4
// CHECK:         %[[ROW:.+]] = arith.select %{{.+}}, %{{.+}}, %{{.+}} : index
// CHECK:         tile.for_visits
// CHECK:         tile.store %{{.+}}, %arg9[
func.func @listed(%q: !q, %k: !k, %v: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s, %b: tensor<?x2x2xi32>, %e: tensor<?x2x3xi32>) -> (!k, !k) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta
      listed(%b, %e : tensor<?x2x2xi32>, tensor<?x2x3xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 32, parts = 2>}
      : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}
