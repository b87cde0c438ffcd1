// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @producers
// CHECK: tile.visit_range %{{.+}} to %{{.+}} full %{{.+}} to %{{.+}}
func.func @producers(%lo: index, %hi: index, %flo: index, %fhi: index) -> !tile.visits {
  %v = tile.visit_range %lo to %hi full %flo to %fhi
  return %v : !tile.visits
}

// CHECK-LABEL: @lists
// CHECK: tile.visit_lists %{{.+}} from %{{.+}} to %{{.+}} full %{{.+}} to %{{.+}} split 1 : tensor<8x16xi32>
func.func @lists(%lists: tensor<8x16xi32>, %lo: index, %hi: index, %flo: index,
                 %fhi: index) -> !tile.visits {
  %v = tile.visit_lists %lists from %lo to %hi full %flo to %fhi split 1 : tensor<8x16xi32>
  return %v : !tile.visits
}

// CHECK-LABEL: @carry
// CHECK: %{{.+}} = tile.for_visits %{{.+}} heads 16 : (%{{.+}}: index, %{{.+}}: tensor<8xi1>, %{{.+}}: i1) carry(%[[ACC:.+]] = %{{.+}} : tensor<128x128xf32>) {
// CHECK-NEXT: tile.yield %[[ACC]] : tensor<128x128xf32>
func.func @carry(%v: !tile.visits, %init: tensor<128x128xf32>) -> tensor<128x128xf32> {
  %sum = tile.for_visits %v heads 16 : (%block: index, %tokens: tensor<8xi1>, %masked: i1)
      carry(%acc = %init : tensor<128x128xf32>) {
    tile.yield %acc : tensor<128x128xf32>
  }
  return %sum : tensor<128x128xf32>
}

// CHECK-LABEL: @carry_two
// CHECK: %{{.+}}:2 = tile.for_visits {{.+}} carry(%[[A:.+]] = %{{.+}} : f32, %[[B:.+]] = %{{.+}} : index) attributes {note = "kept"} {
// CHECK-NEXT: tile.yield %[[A]], %[[B]] : f32, index
func.func @carry_two(%v: !tile.visits, %x: f32, %i: index) -> (f32, index) {
  %r:2 = tile.for_visits %v : (%block: index, %tokens: tensor<1xi1>, %masked: i1)
      carry(%a = %x : f32, %b = %i : index) attributes {note = "kept"} {
    tile.yield %a, %b : f32, index
  }
  return %r#0, %r#1 : f32, index
}

// CHECK-LABEL: @carry_nothing
// CHECK: tile.for_visits %{{.+}} : (%{{.+}}: index, %{{.+}}: tensor<8xi1>, %{{.+}}: i1) {
// CHECK-NOT: tile.yield
func.func @carry_nothing(%v: !tile.visits, %out: memref<?x8xf32>, %x: tensor<1x8xf32>) {
  tile.for_visits %v : (%block: index, %tokens: tensor<8xi1>, %masked: i1) {
    tile.store %x, %out[%block, %block] sizes [1, 8] : tensor<1x8xf32>, memref<?x8xf32>
  }
  return
}
