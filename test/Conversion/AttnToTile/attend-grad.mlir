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
// CHECK:           %[[V:.+]] = tile.load %arg2
// CHECK:           %[[DP:.+]] = tile.dot %[[DO]], %[[V]], %{{.+}} transpose_rhs
// CHECK:           tile.broadcast %[[SHIFT]] axis 1
// CHECK:           %[[P:.+]] = math.exp2
// CHECK:           %[[SEEN:.+]] = scf.if
// CHECK:             arith.select %{{.+}}, %[[P]], %{{.+}}
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

// Scores transposed: keys and values are loaded before the visits, queries and dout in each, for two products.
// CHECK-LABEL: tile.kernel private @keys_attend_grad_kv
// CHECK-DAG:     %[[SCALE:.+]] = arith.constant dense<4.000000e-01> : tensor<64x16xf32>
// CHECK-DAG:     %[[NO_KEYS:.+]] = arith.constant dense<0.000000e+00> : tensor<64x16xf32>
// CHECK-DAG:     %[[NO_VALUES:.+]] = arith.constant dense<0.000000e+00> : tensor<64x8xf32>
// CHECK:         tile.locate {{.+}} step 64
// CHECK:         %[[K:.+]] = tile.load %arg1[{{.+}}] sizes [64, 1, 16]
// CHECK:         %[[V:.+]] = tile.load %arg2[{{.+}}] sizes [64, 1, 8]
// CHECK:         tile.visit_range
// CHECK:         %[[SUMS:.+]]:2 = tile.for_visits {{.+}} heads 2 : (%[[BLOCK:.+]]: index, {{.+}}: tensor<32xi1>, %[[MASKED:.+]]: i1) carry(%[[DK:.+]] = %[[NO_KEYS]] : {{.+}}, %[[DV:.+]] = %[[NO_VALUES]] :
// CHECK:           %[[LSE:.+]] = tile.load %arg5[{{.+}}] sizes [32, 2]
// CHECK:           %[[DELTA:.+]] = tile.load %arg6[{{.+}}] sizes [32, 2]
// CHECK:           %[[Q:.+]] = tile.load %arg0[{{.+}}] sizes [32, 2, 16]
// CHECK:           tile.dot %[[K]], %[[Q]], %{{.+}} transpose_rhs
// CHECK:           arith.mulf %[[LSE]]
// CHECK:           %[[SHIFT:.+]] = arith.select
// CHECK:           %[[DO:.+]] = tile.load %arg4[{{.+}}] sizes [32, 2, 8]
// CHECK:           %[[DP:.+]] = tile.dot %[[V]], %[[DO]], %{{.+}} transpose_rhs
// CHECK:           tile.broadcast %[[SHIFT]] axis 0
// CHECK:           %[[P:.+]] = math.exp2
// CHECK:           %[[SEEN:.+]] = scf.if %[[MASKED]]
// CHECK:             arith.select %{{.+}}, %[[P]], %{{.+}}
// CHECK:           tile.broadcast %[[DELTA]] axis 0
// CHECK:           %[[DS:.+]] = arith.mulf %[[SEEN]]
// CHECK:           %[[NEXT_DV:.+]] = tile.dot %[[SEEN]], %[[DO]], %[[DV]] :
// CHECK:           %[[NEXT_DK:.+]] = tile.dot %[[DS]], %[[Q]], %[[DK]] :
// CHECK:           tile.yield %[[NEXT_DK]], %[[NEXT_DV]]
// CHECK:         %[[SCALED:.+]] = arith.mulf %[[SUMS]]#0, %[[SCALE]]
// CHECK:         tile.store %[[SCALED]], %arg7
// CHECK:         tile.store %[[SUMS]]#1, %arg8
func.func @keys(%q: !q, %k: !k, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s) -> (!k, !v) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<50> in %k, %v, %cu of %do, %lse, %delta scale 0.4
      : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// A key of 4 tokens: a tile of 64 has 256, and every row of dk is of one tile. What nothing reads is not stored.
// CHECK-LABEL: tile.kernel private @windows_attend_grad_kv
// CHECK:         %{{.+}}, %[[BASE:.+]], %[[LENGTH:.+]], %[[FIRST:.+]], %{{.+}} = tile.locate {{.+}} step 256
// CHECK:         %[[END:.+]] = arith.addi %[[BASE]], %[[LENGTH]]
// CHECK:         %[[END_ROW:.+]] = arith.divui %[[END]], %c4
// CHECK:         %[[BASE_ROW:.+]] = arith.divui %[[BASE]], %c4
// CHECK:         %[[ROWS:.+]] = arith.subi %[[END_ROW]], %[[BASE_ROW]]
// CHECK:         %[[TILE:.+]] = arith.divui %[[FIRST]], %c256
// CHECK:         %[[FIRST_KEY:.+]] = arith.muli %[[TILE]], %c64
// CHECK:         %[[COUNT:.+]] = arith.subi %[[ROWS]], %[[FIRST_KEY]]
// CHECK:         tile.store {{.+}} count %[[COUNT]]
// CHECK-NOT:     tile.store
func.func @windows(%q: !q, %k: !k, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s) -> !k {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.compressed<block = 8, stride = 4> in %k, %v, %cu of %do, %lse, %delta
      : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk : !k
}

// Of a listed block: its segment, clamped to the entries of its sequence; the tokens of a visit, flat; their rows,
// gathered. Visits need no mask behind the tokens of the block itself, if the entry there is later, and before the last.
// CHECK-LABEL: tile.kernel private @listed_attend_grad_kv
// CHECK:         %{{.+}}, %[[BASE:.+]], %[[LENGTH:.+]], %[[FIRST:.+]], %{{.+}} = tile.locate {{.+}} step 32
// CHECK:         %[[FIRST_KEY:.+]] = arith.muli %{{.+}}, %c32
// CHECK:         memref.load %arg7[%{{.+}}, %{{.+}}, %c0]
// CHECK:         %[[BEGIN:.+]] = arith.maxsi
// CHECK:         memref.load %arg7[%{{.+}}, %{{.+}}, %c1]
// CHECK:         %[[END:.+]] = arith.minsi
// CHECK:         %[[LENGTH_OF:.+]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK:         %[[COUNT:.+]] = arith.maxsi %[[LENGTH_OF]], %c0
// CHECK:         %[[ENTRY:.+]] = arith.addi %{{.+}}, %[[BEGIN]]
// CHECK:         %[[LAST_KEY:.+]] = arith.addi %[[FIRST_KEY]], %c31
// CHECK:         %[[BEHIND:.+]] = memref.load %arg8
// CHECK:         %[[POSITION:.+]] = arith.index_cast %[[BEHIND]]
// CHECK:         %[[IS_LATER:.+]] = arith.cmpi sge, %[[POSITION]], %[[LAST_KEY]]
// CHECK:         arith.select %[[IS_LATER]], %{{.+}}, %[[COUNT]]
// CHECK:         tile.visit_range %c0 to
// CHECK:         tile.for_visits {{.+}} heads 2 : (%[[VISIT:.+]]: index, {{.+}}: tensor<4xi1>, %[[MASKED:.+]]: i1)
// CHECK:           %[[DONE:.+]] = arith.muli %[[VISIT]], %c4
// CHECK:           %[[LEFT:.+]] = arith.subi %[[COUNT]], %[[DONE]]
// CHECK:           %[[AT:.+]] = arith.addi %[[ENTRY]], %[[DONE]]
// CHECK:           %[[TOKENS:.+]] = tile.load %arg8[%[[AT]]] flat sizes [4] count %[[LEFT]]
// CHECK:           %[[REAL:.+]] = arith.minsi %[[LEFT]], %c4
// CHECK:           tile.load %arg5[%[[BASE]], %{{.+}}] rows %[[TOKENS]] sizes [4, 2] count %[[REAL]]
// CHECK:           tile.load %arg0[%[[BASE]], %{{.+}}, %c0] rows %[[TOKENS]] sizes [4, 2, 16] count %[[REAL]]
// CHECK:           tile.load %arg4[%[[BASE]], %{{.+}}, %c0] rows %[[TOKENS]] sizes [4, 2, 8] count %[[REAL]]
// CHECK:           scf.if %[[MASKED]]
// CHECK:             tile.repeat %[[TOKENS]] by 2
func.func @listed(%q: !q, %k: !k, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %b: tensor<?x2x2xi32>, %e: tensor<?x2x3xi32>) -> (!k, !v) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta
      listed(%b, %e : tensor<?x2x2xi32>, tensor<?x2x3xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 32>}
      : !q, !k, !v, !cu, !o, !s, !s -> !k, !v
  return %dk, %dv : !k, !v
}

// A gradient that is added to is where the sum will be, and is read behind the visits.
// CHECK-LABEL: func.func @chained
// CHECK:         tile.launch @chained_attend_grad_q{{.*}} %arg7)
// CHECK:         tile.launch @chained_attend_grad_q{{.*}} %arg7)
// CHECK-LABEL: tile.kernel private @chained_attend_grad_q
// CHECK:         %arg7: memref<?x4x16xf32> {tile.in_place}
// CHECK:         %[[SUM:.+]] = tile.for_visits
// CHECK:         %[[SCALED:.+]] = arith.mulf %[[SUM]]
// CHECK:         %[[BASE:.+]] = tile.load %arg7
// CHECK:         %[[DQ:.+]] = arith.addf %[[SCALED]], %[[BASE]]
// CHECK:         tile.store %[[DQ]], %arg7
func.func @chained(%q: !q, %k: !k, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s) -> !q {
  %near = attn.attend_grad_q %q sees #attn.window<50> in %k, %v, %cu of %do, %lse, %delta : !q, !k, !v, !cu, !o, !s, !s -> !q
  %dq = attn.attend_grad_q %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta onto %near : !q : !q, !k, !v, !cu, !o, !s, !s -> !q
  return %dq : !q
}

// What a region changes by, beside its score: 1 - t * t of the tanh that there is, without the factors of `s / 5` and
// `5 * t`, which are 1 together. A learned bias adds up dS in each row.
// CHECK-LABEL: tile.kernel private @capped_attend_grad_q
// CHECK-DAG:     %[[ONE:.+]] = arith.constant dense<1.000000e+00> : tensor<[[ROWS:[0-9]+]]x[[KEYS:[0-9]+]]xf32>
// CHECK-DAG:     %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : tensor<[[ROWS]]x[[KEYS]]xf32>
// CHECK-DAG:     %[[SCALE:.+]] = arith.constant dense<2.500000e-01> : tensor<[[ROWS]]x16xf32>
// CHECK:         %[[SUMS:.+]]:2 = tile.for_visits
// CHECK:           %[[T:.+]] = math.tanh
// CHECK-NOT:       math.tanh
// CHECK:           %[[P:.+]] = scf.if
// CHECK:           %[[LEFT:.+]] = arith.subf
// CHECK:           %[[DS:.+]] = arith.mulf %[[P]], %[[LEFT]]
// CHECK:           tile.reduce add %[[DS]] axis 1
// CHECK:           %[[SQUARE:.+]] = arith.mulf %[[T]], %[[T]]
// CHECK:           %[[SLOPE:.+]] = arith.subf %[[ONE]], %[[SQUARE]]
// CHECK:           %[[FLAT:.+]] = arith.cmpf oeq, %[[DS]], %[[ZERO]]
// CHECK:           %[[CHAINED:.+]] = arith.mulf %[[DS]], %[[SLOPE]]
// CHECK:           %[[BY_SCORE:.+]] = arith.select %[[FLAT]], %[[ZERO]], %[[CHAINED]]
// CHECK:           tile.dot %[[BY_SCORE]],
// CHECK:         %[[DQ:.+]] = arith.mulf %[[SUMS]]#0, %[[SCALE]]
// CHECK:         tile.store %[[DQ]]
// CHECK:         tile.store %[[SUMS]]#1
func.func @capped(%q: !q, %k: !k, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %biases: tensor<4xf32>) -> (!q, !s) {
  %dq, %db = attn.attend_grad_q %q sees #attn.window<50> in %k, %v, %cu of %do, %lse, %delta
      scores(%x, %t, %u, %h, %bias = %biases : tensor<4xf32>) {
    %five = arith.constant 5.0 : f32
    %small = arith.divf %x, %five : f32
    %tanh = math.tanh %small : f32
    %capped = arith.mulf %tanh, %five : f32
    %y = arith.addf %capped, %bias : f32
    attn.score %y
  } : !q, !k, !v, !cu, !o, !s, !s -> !q, !s
  return %dq, %db : !q, !s
}
