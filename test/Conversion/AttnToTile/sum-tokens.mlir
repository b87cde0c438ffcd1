// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --verify-roundtrip

!cu = tensor<?xi32>

// The tokens of all sequences are one run of rows. A program sums the numbers of some heads.
// CHECK-LABEL: func.func @sum
// CHECK: tile.launch @sum_sum_tokens grid(%c1{{.*}}, %c2{{.*}})
// CHECK-LABEL: tile.kernel private @sum_sum_tokens
// CHECK: %{{.+}}, %{{.+}}, %[[BEGIN:.+]], %{{.+}}, %{{.+}} = tile.locate %c0
// CHECK: %{{.+}}, %[[END:.+]], %{{.+}}, %{{.+}}, %{{.+}} = tile.locate
// CHECK: %[[TOKENS:.+]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK: scf.for
// CHECK:   tile.load %{{.+}} sizes [64, 6] count
// CHECK: %[[SUM:.+]] = tile.reduce add %{{.+}} axis 0
// CHECK: tile.store %[[SUM]], %{{.+}} sizes [6]
func.func @sum(%x: tensor<?x12xf32>, %cu: !cu) -> tensor<12xf32> {
  %s = attn.sum_tokens %x over %cu : tensor<?x12xf32>, !cu -> tensor<12xf32>
  return %s : tensor<12xf32>
}

// Rows whose lse is -inf add nothing, nor do those that are not there, whatever the sink is.
// CHECK-LABEL: tile.kernel private @sinks_attend_grad_sinks
// CHECK: tile.load %{{.+}} sizes [8] : memref<16xf32> -> tensor<8xf32>
// CHECK: scf.for
// CHECK-COUNT-2: tile.load %{{.+}} sizes [64, 8] count
// CHECK: %[[DISTANCE:.+]] = arith.subf
// CHECK: %[[ABOVE:.+]] = arith.cmpf ogt, %[[DISTANCE]]
// CHECK: %[[LEAST:.+]] = arith.select %[[ABOVE]]
// CHECK: math.exp %[[LEAST]]
// CHECK: arith.cmpf oeq
// CHECK: arith.select
func.func @sinks(%s: tensor<16xf32>, %lse: tensor<?x16xf32>, %delta: tensor<?x16xf32>, %cu: !cu) -> tensor<16xf32> {
  %d = attn.attend_grad_sinks %s, %lse, %delta over %cu : tensor<16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !cu -> tensor<16xf32>
  return %d : tensor<16xf32>
}
