// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @mean
// CHECK: attn.compress %{{.+}} by #attn.phi<mean> into #attn.compressed<block = 32, stride = 16> over %{{.+}} : tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
func.func @mean(%k: tensor<?x4x128xbf16>, %cu: tensor<?xi32>) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 32, stride = 16>
      over %cu : tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
  return
}

// CHECK-LABEL: @weighted_with_positions
// CHECK: by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %{{.+}} params(%{{.+}} : tensor<2x8xf32>) positions(%{{.+}} : tensor<2x8x16xf32>) :
func.func @weighted_with_positions(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>,
    %w: tensor<2x8xf32>, %pos: tensor<2x8x16xf32>) {
  %0 = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4>
      over %cu params(%w : tensor<2x8xf32>) positions(%pos : tensor<2x8x16xf32>)
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// CHECK-LABEL: @gated
// CHECK: by #attn.phi<gated> into {{.+}} over %{{.+}} params(%{{.+}}, %{{.+}} : tensor<2x16xf16>, tensor<2x8xf16>) :
func.func @gated(%x: tensor<?x2x16xf16>, %cu: tensor<?xi32>, %u: tensor<2x16xf16>,
                 %c: tensor<2x8xf16>) {
  %0 = attn.compress %x by #attn.phi<gated> into #attn.compressed<block = 8, stride = 4>
      over %cu params(%u, %c : tensor<2x16xf16>, tensor<2x8xf16>)
      : tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  return
}

// CHECK-LABEL: @linear
// CHECK: by #attn.phi<linear> into {{.+}} over %{{.+}} params(%{{.+}} : tensor<2x8x16x16xf32>) :
func.func @linear(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %a: tensor<2x8x16x16xf32>) {
  %0 = attn.compress %x by #attn.phi<linear> into #attn.compressed<block = 8, stride = 4>
      over %cu params(%a : tensor<2x8x16x16xf32>)
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// CHECK-LABEL: @mlp
// CHECK: by #attn.phi<mlp, hidden = 32, activation = silu> into {{.+}} over %{{.+}} params(
func.func @mlp(%x: tensor<?x2x16xf32>, %cu: tensor<?xi32>, %b1: tensor<2x128x32xf32>,
               %c1: tensor<2x32xf32>, %b2: tensor<2x32x16xf32>, %c2: tensor<2x16xf32>) {
  %0 = attn.compress %x by #attn.phi<mlp, hidden = 32, activation = silu> into #attn.compressed<block = 8, stride = 4>
      over %cu params(%b1, %c1, %b2, %c2 : tensor<2x128x32xf32>, tensor<2x32xf32>,
             tensor<2x32x16xf32>, tensor<2x16xf32>)
      : tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// CHECK-LABEL: @static_rows
// CHECK: tensor<70x2x16xf32>, tensor<3xi32> -> tensor<17x2x16xf32>
func.func @static_rows(%x: tensor<70x2x16xf32>, %cu: tensor<3xi32>) {
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4>
      over %cu
      : tensor<70x2x16xf32>, tensor<3xi32> -> tensor<17x2x16xf32>
  return
}
