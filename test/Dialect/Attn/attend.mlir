// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @window
// CHECK: attn.attend %{{.+}} sees #attn.window<512> in %{{.+}}, %{{.+}}, %{{.+}} : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x64x128xbf16>, tensor<?x64xf32>
func.func @window(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>,
                  %v: tensor<?x4x128xbf16>, %cu: tensor<?xi32>) {
  %o, %lse = attn.attend %q sees #attn.window<512> in %k, %v, %cu
      : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>,
        tensor<?xi32> -> tensor<?x64x128xbf16>, tensor<?x64xf32>
  return
}

// CHECK-LABEL: @selected_with_scale
// CHECK: sees #attn.selected<block = 64> in {{.+}} indices(%{{.+}} : tensor<?x2x16xi32>) scale 1.250000e-01 :
func.func @selected_with_scale(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>,
    %v: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %i: tensor<?x2x16xi32>) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 64> in %k, %v, %cu
      indices(%i : tensor<?x2x16xi32>) scale 0.125
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>,
        tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// CHECK-LABEL: @values_narrower_than_keys
// CHECK: sees #attn.causal in %{{.+}} : tensor<?x1x192xf16>, tensor<?x1x192xf16>, tensor<?x1x128xf16>, tensor<?xi32> -> tensor<?x1x128xf16>, tensor<?x1xf32>
func.func @values_narrower_than_keys(%q: tensor<?x1x192xf16>, %v: tensor<?x1x128xf16>,
                                     %cu: tensor<?xi32>) {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %v, %cu
      : tensor<?x1x192xf16>, tensor<?x1x192xf16>, tensor<?x1x128xf16>,
        tensor<?xi32> -> tensor<?x1x128xf16>, tensor<?x1xf32>
  return
}

// CHECK-LABEL: @static_tokens_over_compressed_keys
// CHECK: sees #attn.compressed<block = 32, stride = 16> in %{{.+}} : tensor<100x8x64xf32>, tensor<6x2x64xf32>
func.func @static_tokens_over_compressed_keys(%q: tensor<100x8x64xf32>,
    %k: tensor<6x2x64xf32>, %v: tensor<?x2x64xf32>, %cu: tensor<2xi32>) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 32, stride = 16> in %k, %v, %cu
      : tensor<100x8x64xf32>, tensor<6x2x64xf32>, tensor<?x2x64xf32>,
        tensor<2xi32> -> tensor<100x8x64xf32>, tensor<100x8xf32>
  return
}
