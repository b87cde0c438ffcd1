// RUN: fovea-opt %s --attn-infer-rows --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s

!q = tensor<?x4x16xf32>
!k = tensor<?x2x16xf32>
!rows = tensor<?x4xf32>
!cu = tensor<?xi32>

// Factors meet the product at once, and softmax takes the last one over: 0.25 / 50 before the
// tanh, 50 log2 e = 72.13 behind it.
// CHECK-LABEL: tile.kernel private @soft_cap_attend
// CHECK-DAG:     %[[INNER:.+]] = arith.constant dense<5.000000e-03> : tensor<[[SHAPE:.+]]xf32>
// CHECK-DAG:     arith.constant dense<72.13
// CHECK:         %[[S:.+]] = tile.dot
// CHECK-NEXT:    %[[X:.+]] = arith.mulf %[[S]], %[[INNER]] : tensor<[[SHAPE]]xf32>
// CHECK-NEXT:    %[[T:.+]] = math.tanh %[[X]] : tensor<[[SHAPE]]xf32>
// CHECK-NEXT:    scf.if
func.func @soft_cap(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu scale 0.25 scores(%s, %t, %u, %h) {
    %cap = arith.constant 50.0 : f32
    %x = arith.divf %s, %cap : f32
    %b = math.tanh %x : f32
    %y = arith.mulf %b, %cap : f32
    attn.score %y
  } : !q, !k, !k, !cu -> !q, !rows
  return %o : !q
}

// What depends on the query or its head alone is computed per row, before the loop; what depends
// on the key alone, per column. A compressed key stands at its window's first token.
// CHECK-LABEL: tile.kernel private @slopes_attend
// CHECK:         %[[SLOPE:.+]] = tile.load %{{.+}}[%{{.+}}] sizes [{{[0-9]+}}, 2] count %{{.+}} : memref<4xf32> -> tensor<[[ROWS:[0-9]+]]xf32>
// CHECK:         %[[BIAS:.+]] = arith.mulf %[[SLOPE]], %{{.+}} : tensor<[[ROWS]]xf32>
// CHECK:         tile.for_visits
// CHECK:           %[[FROM:.+]] = tile.positions
// CHECK:           %[[KEY:.+]] = arith.muli %[[FROM]], %{{.+}} : tensor<[[KEYS:[0-9]+]]xi32>
// CHECK:           %[[FLOAT:.+]] = arith.sitofp %[[KEY]] : tensor<[[KEYS]]xi32> to tensor<[[KEYS]]xf32>
// CHECK:           tile.broadcast %[[FLOAT]] axis 0
func.func @slopes(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %slopes: tensor<4xf32> {attn.name = "slopes"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %k, %k, %cu scores(%s, %t, %u, %h, %slope = %slopes : tensor<4xf32>) {
    %tf = arith.sitofp %t : i32 to f32
    %uf = arith.sitofp %u : i32 to f32
    %at = arith.mulf %slope, %tf : f32
    %from = arith.mulf %slope, %uf : f32
    %x = arith.addf %s, %from : f32
    %y = arith.subf %x, %at : f32
    attn.score %y
  } : !q, !k, !k, !cu -> !q, !rows
  return %o : !q
}

// A sink is the first key that a row has seen, in units of the product, unless the row is nobody's.
// CHECK-LABEL: tile.kernel private @sinks_attend
// CHECK:         %[[SINK:.+]] = tile.load %{{.+}}[%{{.+}}] sizes [{{[0-9]+}}, 2] count %{{.+}} : memref<4xf32>
// CHECK:         %[[UNITS:.+]] = arith.mulf %[[SINK]], %{{.+}}
// CHECK:         %[[OWN:.+]] = arith.select %{{.+}}, %[[UNITS]], %{{.+}}
// CHECK:         %[[MAX:.+]] = arith.maxnumf %[[OWN]], %{{.+}}
// CHECK:         %[[REST:.+]] = arith.subf %[[OWN]], %[[MAX]]
// CHECK:         %[[SUM:.+]] = math.exp2 %[[REST]]
// CHECK:         tile.for_visits {{.*}}%[[MAX]]{{.*}}%[[SUM]]
func.func @sinks(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %sinks: tensor<4xf32> {attn.name = "sinks"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu sinks(%sinks : tensor<4xf32>) : !q, !k, !k, !cu -> !q, !rows
  return %o : !q
}
