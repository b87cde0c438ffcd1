// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @dot
// CHECK: tile.dot %{{.+}}, %{{.+}}, %{{.+}} transpose_rhs : tensor<128x128xf32>, tensor<64x128xbf16> -> tensor<128x64xf32>
// CHECK: tile.dot %{{.+}}, %{{.+}}, %{{.+}} : tensor<64x128xbf16>, tensor<128x128xf32> -> tensor<64x128xf32>
func.func @dot(%q: tensor<128x128xf32>, %k: tensor<64x128xbf16>, %zero: tensor<128x64xf32>,
               %acc: tensor<64x128xf32>) {
  %s = tile.dot %q, %k, %zero transpose_rhs
      : tensor<128x128xf32>, tensor<64x128xbf16> -> tensor<128x64xf32>
  %t = tile.dot %k, %q, %acc : tensor<64x128xbf16>, tensor<128x128xf32> -> tensor<64x128xf32>
  return
}

// CHECK-LABEL: @as_operand
// CHECK: tile.as_operand %{{.+}} beside bf16 : tensor<128x64xf32>
func.func @as_operand(%p: tensor<128x64xf32>) {
  %w = tile.as_operand %p beside bf16 : tensor<128x64xf32>
  return
}

// CHECK-LABEL: @reduce
// CHECK: tile.reduce max %{{.+}} axis 1 : tensor<128x64xf32> -> tensor<128xf32>
// CHECK: tile.reduce add %{{.+}} axis 0 by 16 : tensor<128x64xf32> -> tensor<8x64xf32>
// CHECK: tile.reduce add %{{.+}} axis 0 : tensor<128x64xf32> -> tensor<64xf32>
// CHECK: tile.reduce max %{{.+}} axis 1 by 64 : tensor<128x64xf32> -> tensor<128x1xf32>
// CHECK: tile.reduce add %{{.+}} axis 0 by 4 : tensor<128xf32> -> tensor<32xf32>
func.func @reduce(%s: tensor<128x64xf32>, %p: tensor<128x64xf32>) {
  %max = tile.reduce max %s axis 1 : tensor<128x64xf32> -> tensor<128xf32>
  %sum = tile.reduce add %p axis 0 by 16 : tensor<128x64xf32> -> tensor<8x64xf32>
  %columns = tile.reduce add %p axis 0 : tensor<128x64xf32> -> tensor<64xf32>
  %whole = tile.reduce max %p axis 1 by 64 : tensor<128x64xf32> -> tensor<128x1xf32>
  %rows = tile.reduce add %max axis 0 by 4 : tensor<128xf32> -> tensor<32xf32>
  return
}

// CHECK-LABEL: @broadcast
// CHECK: tile.broadcast %{{.+}} axis 1 : tensor<128xf32> -> tensor<128x64xf32>
// CHECK: tile.broadcast %{{.+}} axis 0 : tensor<128xf32> -> tensor<4x128xf32>
func.func @broadcast(%max: tensor<128xf32>) {
  %b = tile.broadcast %max axis 1 : tensor<128xf32> -> tensor<128x64xf32>
  %c = tile.broadcast %max axis 0 : tensor<128xf32> -> tensor<4x128xf32>
  return
}

// CHECK-LABEL: @repeat
// CHECK: tile.repeat %{{.+}} by 16 : tensor<8xi1> -> tensor<128xi1>
func.func @repeat(%tokens: tensor<8xi1>) {
  %rows = tile.repeat %tokens by 16 : tensor<8xi1> -> tensor<128xi1>
  return
}

// CHECK-LABEL: @positions
// CHECK: tile.positions %{{.+}} repeat 16 : tensor<128xi32>
// CHECK: tile.positions %{{.+}} : tensor<64xi32>
func.func @positions(%first: index) {
  %t = tile.positions %first repeat 16 : tensor<128xi32>
  %u = tile.positions %first : tensor<64xi32>
  return
}

// CHECK-LABEL: @any_token
// CHECK: tile.any_token %{{.+}} heads 16 by warp : tensor<12xi1>
func.func @any_token(%tokens: tensor<12xi1>, %scores: tensor<192x64xf32>, %zero: tensor<192x64xf32>) -> tensor<192x64xf32> {
  %some = tile.any_token %tokens heads 16 by warp : tensor<12xi1>
  %p = scf.if %some -> tensor<192x64xf32> {
    %exp = math.exp2 %scores : tensor<192x64xf32>
    scf.yield %exp : tensor<192x64xf32>
  } else {
    scf.yield %zero : tensor<192x64xf32>
  }
  return %p : tensor<192x64xf32>
}
