// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile | FileCheck %s --check-prefix=BELOW
// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --verify-roundtrip

// Nothing below this conversion names an attn operation or a key set.
// BELOW-NOT: attn.

!q = tensor<?x8x32xf32>
!kv = tensor<?x2x32xf32>
!lse = tensor<?x8xf32>
!cu = tensor<?xi32>

// CHECK-LABEL: func.func @causal(
// CHECK-SAME: %[[Q:[^:]+]]: memref<?x8x32xf32> {tile.name = "q", tile.rows = "tokens"}
// CHECK-SAME: %[[CU:[^:]+]]: memref<?xi32> {tile.rows = "sequence_ends"}
// CHECK-SAME: %[[O:[^:]+]]: memref<?x8x32xf32> {tile.name = "o", tile.output, tile.rows = "tokens"}) -> i32 attributes {tile.entry}
// CHECK: %[[STATUS:.+]] = tile.check_sequences %[[CU]]
// CHECK: scf.if
// CHECK: tile.launch @causal_attend grid(
// CHECK: return %[[STATUS]] : i32
func.func @causal(%q: !q {attn.name = "q"}, %k: !kv, %v: !kv, %cu: !cu) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}

// 16 tokens of 4 heads: 64 rows. The lse is not asked for, so it is not stored.
// CHECK-LABEL: tile.kernel private @causal_attend
// CHECK: tile.locate %{{.+}} step 16
// CHECK: %[[ROWS:.+]] = tile.load %{{.+}} sizes [16, 4, 32] count %{{.+}} -> tensor<64x32xf32>
// CHECK: %[[VISITS:.+]] = tile.visit_range
// CHECK: %[[STATE:.+]]:3 = tile.for_visits %[[VISITS]]
// CHECK: %[[SCORES:.+]] = tile.dot %[[ROWS]], %{{.+}} transpose_rhs
// CHECK: scf.if
// CHECK: tile.reduce max
// CHECK: math.exp2
// CHECK: tile.yield
// CHECK: tile.store %{{.+}} sizes [16, 4, 32]
// CHECK-NOT: tile.store
// CHECK: tile.return

// Index lists are a union with a token mask; here 4 tokens fill the lanes.
// CHECK-LABEL: tile.kernel private @selected_attend
// CHECK: %[[LISTS:.+]] = tile.load %{{.+}} -> tensor<4x3xi32>
// CHECK: %[[UNION:.+]] = tile.visit_lists %[[LISTS]] {{.*}} split 2
// CHECK: tile.for_visits %[[UNION]] heads 4 : (%{{.+}}: index, %[[TOKENS:.+]]: tensor<4xi1>
// CHECK: tile.repeat %[[TOKENS]] by 4
func.func @selected(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %i: tensor<?x2x3xi32>) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 128> in %k, %v, %cu indices(%i : tensor<?x2x3xi32>) : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// Compressed keys: rows from cu / stride on.
// CHECK-LABEL: tile.kernel private @compressed_attend
// CHECK: %[[KEY_BASE:.+]] = arith.divui %{{.+}}, %{{.+}} : index
// CHECK: tile.for_visits
func.func @compressed(%q: !q, %kc: !kv, %vc: !kv, %cu: !cu) -> !q {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %vc, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}
