// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @delta
// CHECK: attn.attend_delta %{{.+}}, %{{.+}} : tensor<?x64x128xbf16>, tensor<?x64x128xbf16> -> tensor<?x64xf32>
// CHECK: attn.attend_delta %{{.+}}, %{{.+}} minus %{{.+}} : tensor<?x64x128xbf16>, tensor<?x64x128xbf16>, tensor<?x64xf32> -> tensor<?x64xf32>
func.func @delta(%do: tensor<?x64x128xbf16>, %o: tensor<?x64x128xbf16>, %dlse: tensor<?x64xf32>) {
  %plain = attn.attend_delta %do, %o : tensor<?x64x128xbf16>, tensor<?x64x128xbf16> -> tensor<?x64xf32>
  %delta = attn.attend_delta %do, %o minus %dlse : tensor<?x64x128xbf16>,
      tensor<?x64x128xbf16>, tensor<?x64xf32> -> tensor<?x64xf32>
  return
}

// CHECK-LABEL: @queries
// CHECK: attn.attend_grad_q %{{.+}} sees #attn.window<512> in %{{.+}}, %{{.+}}, %{{.+}} of %{{.+}}, %{{.+}}, %{{.+}} : tensor<?x64x128xbf16>, {{.+}} -> tensor<?x64x128xbf16>
func.func @queries(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>,
    %v: tensor<?x4x128xbf16>, %cu: tensor<?xi32>, %do: tensor<?x64x128xbf16>,
    %lse: tensor<?x64xf32>, %delta: tensor<?x64xf32>) {
  %dq = attn.attend_grad_q %q sees #attn.window<512> in %k, %v, %cu of %do, %lse, %delta
      : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>,
        tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64x128xbf16>
  return
}

// CHECK-LABEL: @keys_and_values
// CHECK: attn.attend_grad_kv %{{.+}} sees #attn.selected<block = 64> in {{.+}} of {{.+}} listed(%{{.+}}, %{{.+}} : tensor<?x4x2xi32>, tensor<?x4x16xi32>) : {{.+}} -> tensor<?x4x128xf32>, tensor<?x4x128xf32>
func.func @keys_and_values(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>,
    %v: tensor<?x4x128xbf16>, %cu: tensor<?xi32>, %do: tensor<?x64x128xbf16>,
    %lse: tensor<?x64xf32>, %delta: tensor<?x64xf32>, %bounds: tensor<?x4x2xi32>,
    %entries: tensor<?x4x16xi32>) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu
      of %do, %lse, %delta listed(%bounds, %entries : tensor<?x4x2xi32>, tensor<?x4x16xi32>)
      : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>,
        tensor<?x64x128xbf16>, tensor<?x64xf32>, tensor<?x64xf32>
        -> tensor<?x4x128xf32>, tensor<?x4x128xf32>
  return
}

// Values narrower than keys, a scale, compressed keys, and a region with a learned value.
// CHECK-LABEL: @scores
// CHECK: attn.attend_grad_q %{{.+}} sees #attn.compressed<block = 8, stride = 4> in {{.+}} scale 2.500000e-01 scores(%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %[[X:.+]] = %{{.+}} : tensor<4xf32>) {
// CHECK: arith.addf %{{.+}}, %[[X]]
// CHECK: } : {{.+}} -> tensor<?x4x24xf16>, tensor<?x4xf32>
// CHECK: attn.attend_grad_kv {{.+}} scores(
// CHECK: } : {{.+}} -> tensor<?x2x24xf16>, tensor<?x2x16xf32>
func.func @scores(%q: tensor<?x4x24xf16>, %k: tensor<?x2x24xf16>, %v: tensor<?x2x16xf16>,
    %cu: tensor<?xi32>, %do: tensor<?x4x16xf16>, %lse: tensor<?x4xf32>,
    %delta: tensor<?x4xf32>, %bias: tensor<4xf32>) {
  %dq, %dbias = attn.attend_grad_q %q sees #attn.compressed<block = 8, stride = 4> in %k, %v, %cu
      of %do, %lse, %delta scale 0.25 scores(%s, %query, %key, %head, %x = %bias : tensor<4xf32>) {
    %capped = math.tanh %s : f32
    %score = arith.addf %capped, %x : f32
    attn.score %score
  } : tensor<?x4x24xf16>, tensor<?x2x24xf16>, tensor<?x2x16xf16>, tensor<?xi32>,
      tensor<?x4x16xf16>, tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x24xf16>, tensor<?x4xf32>
  %dk, %dv = attn.attend_grad_kv %q sees #attn.compressed<block = 8, stride = 4> in %k, %v, %cu
      of %do, %lse, %delta scale 0.25 scores(%s, %query, %key, %head, %x = %bias : tensor<4xf32>) {
    %capped = math.tanh %s : f32
    %score = arith.addf %capped, %x : f32
    attn.score %score
  } : tensor<?x4x24xf16>, tensor<?x2x24xf16>, tensor<?x2x16xf16>, tensor<?xi32>,
      tensor<?x4x16xf16>, tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x24xf16>, tensor<?x2x16xf32>
  return
}

// CHECK-LABEL: @heads
// CHECK: attn.attend_grad_sinks %{{.+}}, %{{.+}}, %{{.+}} over %{{.+}} : tensor<64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?xi32> -> tensor<64xf32>
// CHECK: attn.sum_tokens %{{.+}} over %{{.+}} : tensor<?x64xf32>, tensor<?xi32> -> tensor<64xf32>
func.func @heads(%sinks: tensor<64xf32>, %lse: tensor<?x64xf32>, %delta: tensor<?x64xf32>,
                 %rows: tensor<?x64xf32>, %cu: tensor<?xi32>) {
  %dsinks = attn.attend_grad_sinks %sinks, %lse, %delta over %cu : tensor<64xf32>,
      tensor<?x64xf32>, tensor<?x64xf32>, tensor<?xi32> -> tensor<64xf32>
  %d = attn.sum_tokens %rows over %cu : tensor<?x64xf32>, tensor<?xi32> -> tensor<64xf32>
  return
}
