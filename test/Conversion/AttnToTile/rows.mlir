// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --split-input-file | FileCheck %s

!x = tensor<?x4x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>

// Both are checked, against the tokens: the second one's rows are an intermediate.
// CHECK-LABEL: func.func @two_sequence_ends
// CHECK-SAME: %[[Q:[^:]+]]: memref<?x4x16xf32> {tile.name = "q", tile.rows = "tokens"}
// CHECK-SAME: %[[CU:[^:]+]]: memref<?xi32> {tile.name = "cu_seqlens", tile.rows = "sequence_ends"}
// CHECK-SAME: %[[CU2:[^:]+]]: memref<?xi32> {tile.name = "cu2", tile.rows = "sequence_ends"}
// CHECK-SAME: %{{.+}}: memref<?x4x16xf32> {tile.name = "o", tile.output, tile.rows = "tokens"}
// CHECK: %[[TOKENS:.+]] = memref.dim %[[Q]], %c0
// CHECK: %[[FIRST:.+]] = tile.check_sequences %[[CU]], %[[TOKENS]]
// CHECK: %[[SECOND:.+]] = tile.check_sequences %[[CU2]], %[[TOKENS]]
// CHECK: %[[STATUS:.+]] = arith.ori %[[FIRST]], %[[SECOND]]
// CHECK: arith.cmpi eq, %[[STATUS]]
func.func @two_sequence_ends(%q: !x {attn.name = "q"}, %cu: !cu {attn.name = "cu_seqlens"}, %cu2: !cu {attn.name = "cu2"}) -> (!x {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, !cu -> !x, !lse
  %p, %m = attn.attend %o sees #attn.window<3> in %o, %o, %cu2 : !x, !x, !x, !cu -> !x, !lse
  return %p : !x
}

// -----

!x = tensor<?x4x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>

// What a group hands through, or says twice, is no array of its own: one output is written
// and one intermediate allocated.
// CHECK-LABEL: func.func @outputs_of_groups
// CHECK-SAME: %[[Q:[^:]+]]: memref<?x4x16xf32> {tile.rows = "tokens"}
// CHECK-SAME: %{{.+}}: memref<?xi32>
// CHECK-SAME: %[[OUT:[^:]+]]: memref<?x4x16xf32> {tile.output, tile.rows = "tokens"}
// CHECK: %[[O:.+]] = memref.alloc
// CHECK-NOT: memref.alloc
// CHECK: tile.launch @outputs_of_groups_attend grid({{.*}}) (%[[Q]], %{{.+}}, %[[O]])
// CHECK: tile.launch @outputs_of_groups_attend{{.*}} grid({{.*}}) (%[[Q]], %[[O]], %{{.+}}, %[[OUT]])
func.func @outputs_of_groups(%q: !x, %cu: !cu) -> !x {
  %0:3 = attn.group {
    %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, !cu -> !x, !lse
    attn.yield %o, %q, %o : !x, !x, !x
  } : !x, !x, !x
  %p, %m = attn.attend %0#1 sees #attn.causal in %0#0, %0#2, %cu : !x, !x, !x, !cu -> !x, !lse
  return %p : !x
}

// -----

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>

// A group of one compress, which its schedule keeps, clears the rows of no window as well.
// CHECK-LABEL: func.func @scheduled_compress
// CHECK-SAME: %[[OUT:[^:]+]]: memref<?x4x16xf32> {tile.output, tile.rows = "tokens / 4"}
// CHECK: tile.launch @scheduled_compress_zero_fill {{.*}} (%[[OUT]],
// CHECK: tile.launch @scheduled_compress_compress
func.func @scheduled_compress(%k: !x, %cu: !cu) -> !x {
  %0 = attn.group attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 16>} {
    %c = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : !x, !cu -> !x
    attn.yield %c : !x
  } : !x
  return %0 : !x
}

// Of compressed keys alone the rows say how many tokens there are, but for those of a last row.
// CHECK-LABEL: func.func @compressed_alone
// CHECK: tile.check_sequences %arg2, %{{.+}} : memref<?xi32>
// CHECK: %[[ROWS:.+]] = memref.dim %arg1, %{{.+}}
// CHECK: tile.check_sequences %arg3, %[[ROWS]] rows of 4 queries %arg2 lengths %arg4 : memref<?xi32>, memref<?xi32>, memref<?xi32>
func.func @compressed_alone(%q: tensor<?x4x16xbf16>, %k: tensor<?x2x16xbf16>, %cuq: tensor<?xi32>, %cuk: tensor<?xi32>, %used: tensor<?xi32>) -> tensor<?x4x16xbf16> {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : tensor<?xi32>, tensor<?xi32>, tensor<?xi32>
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %k, %k, %batch : tensor<?x4x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, !attn.batch -> tensor<?x4x16xbf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xbf16>
}
