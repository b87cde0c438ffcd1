// RUN: fovea-opt %s --attn-infer-rows --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s

!q = tensor<?x4x16xf32>
!k = tensor<?x2x16xf32>
!v = tensor<?x2x8xf32>
!o = tensor<?x4x8xf32>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>

// A row of products summed, less the gradient of lse.
// CHECK-LABEL: tile.kernel private @delta_attend_delta
// CHECK-DAG:     %[[DO:.+]] = tile.load %arg0[{{.+}}] sizes [16, 4, 8]
// CHECK-DAG:     %[[O:.+]] = tile.load %arg1[{{.+}}] sizes [16, 4, 8]
// CHECK:         %[[PRODUCTS:.+]] = arith.mulf %[[DO]], %[[O]]
// CHECK:         %[[SUM:.+]] = tile.reduce add %[[PRODUCTS]] axis 1
// CHECK:         %[[DLSE:.+]] = tile.load %arg2[{{.+}}] sizes [16, 4]
// CHECK:         %[[DELTA:.+]] = arith.subf %[[SUM]], %[[DLSE]]
// CHECK:         tile.store %[[DELTA]], %arg3
func.func @delta(%do: !o, %o: !o, %dlse: !s) -> !s {
  %d = attn.attend_delta %do, %o minus %dlse : !o, !o, !s -> !s
  return %d : !s
}

// P of a known lse, 0 where a query does not see a key; dS between products; the scale, which
// products are without, last.
// CHECK-LABEL: tile.kernel private @queries_attend_grad_q
// CHECK-DAG:     %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : tensor<[[ROWS:[0-9]+]]x16xf32>
// CHECK-DAG:     %[[SCALE:.+]] = arith.constant dense<4.000000e-01> : tensor<[[ROWS]]x16xf32>
// CHECK:         %[[Q:.+]] = tile.load %arg0
// CHECK:         %[[DO:.+]] = tile.load %arg4
// CHECK:         %[[LSE:.+]] = tile.load %arg5
// CHECK:         %[[DELTA:.+]] = tile.load %arg6
// CHECK:         %[[SHIFT:.+]] = arith.select
// CHECK:         %[[SUM:.+]] = tile.for_visits {{.+}} = %[[ZERO]]
// CHECK:           %[[K:.+]] = tile.load %arg1
// CHECK:           tile.dot %[[Q]], %[[K]], %{{.+}} transpose_rhs
// CHECK:           tile.broadcast %[[SHIFT]] axis 1
// CHECK:           %[[P:.+]] = math.exp2
// CHECK:           %[[SEEN:.+]] = scf.if
// CHECK:             arith.select %{{.+}}, %[[P]], %{{.+}}
// CHECK:           %[[V:.+]] = tile.load %arg2
// CHECK:           %[[DP:.+]] = tile.dot %[[DO]], %[[V]], %{{.+}} transpose_rhs
// CHECK:           %[[DELTAS:.+]] = tile.broadcast %[[DELTA]] axis 1
// CHECK:           %[[LEFT:.+]] = arith.subf %[[DP]], %[[DELTAS]]
// CHECK:           %[[DS:.+]] = arith.mulf %[[SEEN]], %[[LEFT]]
// CHECK:           tile.dot %[[DS]], %[[K]], %{{.+}} :
// CHECK:           tile.yield
// CHECK:         %[[DQ:.+]] = arith.mulf %[[SUM]], %[[SCALE]]
// CHECK:         tile.store %[[DQ]], %arg7
func.func @queries(%q: !q, %k: !k, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s) -> !q {
  %dq = attn.attend_grad_q %q sees #attn.window<50> in %k, %v, %cu of %do, %lse, %delta scale 0.4
      : !q, !k, !v, !cu, !o, !s, !s -> !q
  return %dq : !q
}
