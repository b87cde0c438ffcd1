// The lowering of an operation from outside: a loop over the key blocks that its key set
// says, in a kernel of query rows.
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-choose-schedules --convert-attn-to-tile | FileCheck %s

!x = tensor<?x4x16xf32>

// CHECK-LABEL: func.func @mean
// CHECK-SAME: (%[[V:.+]]: memref<?x4x16xf32> {tile.rows = "tokens"}, %[[CU:.+]]: memref<?xi32> {tile.rows = "sequence_ends"}, %[[OUT:.+]]: memref<?x4x16xf32> {tile.output, tile.rows = "tokens"})
// CHECK: tile.check_sequences %[[CU]]
// CHECK: tile.launch @mean_key_mean {{.*}}(%[[V]], %[[CU]], %[[OUT]])

// CHECK-LABEL: tile.kernel private @mean_key_mean
// CHECK: tile.locate
// CHECK: tile.for_visits
// CHECK: tile.dot
// CHECK: tile.store
func.func @mean(%v: !x, %cu: tensor<?xi32>) -> !x {
  %o = test_ops.key_mean %v sees #attn.window<50> over %cu : !x, tensor<?xi32> -> !x
  return %o : !x
}
