// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @paper
// CHECK: attn.score_blocks %{{.+}} over #attn.compressed<block = 32, stride = 16> into #attn.selected<block = 64> in %{{.+}}, %{{.+}}, %{{.+}} : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x64xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
func.func @paper(%q: tensor<?x64x128xbf16>, %kc: tensor<?x4x128xbf16>,
                 %lse: tensor<?x64xf32>, %cu: tensor<?xi32>) {
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16>
      into #attn.selected<block = 64> in %kc, %lse, %cu : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>,
      tensor<?x64xf32>, tensor<?xi32> -> tensor<?x4x?xf32>
  return
}

// CHECK-LABEL: @static_rows_with_scale
// CHECK: scale 5.000000e-01 : tensor<100x8x64xf32>, tensor<25x2x64xf32>, tensor<100x8xf32>, tensor<4xi32> -> tensor<100x2x?xf32>
func.func @static_rows_with_scale(%q: tensor<100x8x64xf32>, %kc: tensor<25x2x64xf32>,
                                  %lse: tensor<100x8xf32>, %cu: tensor<4xi32>) {
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 4>
      into #attn.selected<block = 8> in %kc, %lse, %cu scale 0.5
      : tensor<100x8x64xf32>, tensor<25x2x64xf32>, tensor<100x8xf32>, tensor<4xi32>
      -> tensor<100x2x?xf32>
  return
}
