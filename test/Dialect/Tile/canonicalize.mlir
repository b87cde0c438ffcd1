// RUN: fovea-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @repeat_by_one
// CHECK-SAME: %[[X:[^:]+]]:
// CHECK-NEXT: return %[[X]]
func.func @repeat_by_one(%x: tensor<8xi1>) -> tensor<8xi1> {
  %0 = tile.repeat %x by 1 : tensor<8xi1> -> tensor<8xi1>
  return %0 : tensor<8xi1>
}

// CHECK-LABEL: @reduce_by_one
// CHECK-SAME: %[[X:[^:]+]]:
// CHECK-NEXT: return %[[X]]
func.func @reduce_by_one(%x: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %0 = tile.reduce add %x axis 0 by 1 : tensor<8x4xf32> -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// CHECK-LABEL: @reduce_by_two
// CHECK: tile.reduce
func.func @reduce_by_two(%x: tensor<8x4xf32>) -> tensor<4x4xf32> {
  %0 = tile.reduce add %x axis 0 by 2 : tensor<8x4xf32> -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @no_block
// CHECK-SAME: %[[X:[^:]+]]: f32
// CHECK-NEXT: return %[[X]]
func.func @no_block(%x: f32, %y: f32) -> f32 {
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %v = tile.visit_range %c5 to %c3 full %c3 to %c5
  %0 = tile.for_visits %v : (%block: index, %tokens: tensor<8xi1>, %masked: i1) carry(%a = %x : f32) {
    %b = arith.addf %a, %y : f32
    tile.yield %b : f32
  }
  return %0 : f32
}

// The store never happens.
// CHECK-LABEL: @from_block_to_itself
// CHECK-NEXT: return
func.func @from_block_to_itself(%n: index, %out: memref<?xf32>, %x: tensor<4xf32>) {
  %v = tile.visit_range %n to %n full %n to %n
  tile.for_visits %v : (%block: index, %tokens: tensor<8xi1>, %masked: i1) {
    tile.store %x, %out[%block] sizes [4] : tensor<4xf32>, memref<?xf32>
  }
  return
}

// CHECK-LABEL: @one_block
// CHECK: tile.for_visits
func.func @one_block(%x: f32, %y: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = tile.visit_range %c0 to %c1 full %c0 to %c1
  %0 = tile.for_visits %v : (%block: index, %tokens: tensor<8xi1>, %masked: i1) carry(%a = %x : f32) {
    %b = arith.addf %a, %y : f32
    tile.yield %b : f32
  }
  return %0 : f32
}
