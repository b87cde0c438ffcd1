// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @compressed_tokens
// CHECK: attn.compress_grad_input %{{.+}} of %{{.+}} by #attn.phi<mean> into #attn.compressed<block = 32, stride = 16> over %{{.+}} : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xf32>
func.func @compressed_tokens(%dkc: tensor<?x4x128xbf16>, %k: tensor<?x4x128xbf16>, %cu: tensor<?xi32>) {
  %dk = attn.compress_grad_input %dkc of %k by #attn.phi<mean>
      into #attn.compressed<block = 32, stride = 16> over %cu
      : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xf32>
  return
}

// CHECK-LABEL: @weights
// CHECK: attn.compress_grad_params %{{.+}} of %{{.+}} by #attn.phi<weighted> {{.+}} params(%{{.+}} : tensor<4x32xbf16>) positions(%{{.+}} : tensor<4x32x128xbf16>) : {{.+}} -> tensor<4x32xf32>, tensor<4x32x128xf32>
func.func @weights(%dkc: tensor<?x4x128xbf16>, %k: tensor<?x4x128xbf16>, %cu: tensor<?xi32>,
                   %w: tensor<4x32xbf16>, %pos: tensor<4x32x128xbf16>) {
  %dw, %dpos = attn.compress_grad_params %dkc of %k by #attn.phi<weighted>
      into #attn.compressed<block = 32, stride = 16> over %cu
      params(%w : tensor<4x32xbf16>) positions(%pos : tensor<4x32x128xbf16>)
      : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>
        -> tensor<4x32xf32>, tensor<4x32x128xf32>
  return
}

// A hidden layer's gradient is a value of its own, which the others take.
// CHECK-LABEL: @hidden
// CHECK: %[[A:.+]], %[[DH:.+]] = attn.compress_grad_hidden %{{.+}} of %{{.+}} by #attn.phi<mlp, hidden = 64, activation = gelu> {{.+}} params({{.+}}) : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>, tensor<?x4x64xbf16>
// CHECK: attn.compress_grad_input {{.+}} hidden(%[[A]], %[[DH]] : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>) : {{.+}} -> tensor<?x4x128xbf16>
func.func @hidden(%dkc: tensor<?x4x128xbf16>, %k: tensor<?x4x128xbf16>, %cu: tensor<?xi32>,
                  %B1: tensor<4x512x64xbf16>, %b1: tensor<4x64xbf16>, %B2: tensor<4x64x128xbf16>,
                  %b2: tensor<4x128xbf16>) {
  %a, %dh = attn.compress_grad_hidden %dkc of %k by #attn.phi<mlp, hidden = 64>
      into #attn.compressed<block = 4, stride = 2> over %cu
      params(%B1, %b1, %B2, %b2 : tensor<4x512x64xbf16>, tensor<4x64xbf16>,
             tensor<4x64x128xbf16>, tensor<4x128xbf16>)
      : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>
        -> tensor<?x4x64xbf16>, tensor<?x4x64xbf16>
  %dk = attn.compress_grad_input %dkc of %k by #attn.phi<mlp, hidden = 64>
      into #attn.compressed<block = 4, stride = 2> over %cu
      params(%B1, %b1, %B2, %b2 : tensor<4x512x64xbf16>, tensor<4x64xbf16>,
             tensor<4x64x128xbf16>, tensor<4x128xbf16>)
      hidden(%a, %dh : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>)
      : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
  return
}

// Positions alone have a gradient of a mean.
// CHECK-LABEL: @positions
// CHECK: attn.compress_grad_params {{.+}} positions(%{{.+}} : tensor<2x8x16xf32>) : {{.+}} -> tensor<2x8x16xf32>
func.func @positions(%dkc: tensor<25x2x16xf32>, %k: tensor<100x2x16xf32>, %cu: tensor<3xi32>,
                     %pos: tensor<2x8x16xf32>) {
  %dpos = attn.compress_grad_params %dkc of %k by #attn.phi<mean>
      into #attn.compressed<block = 8, stride = 4> over %cu positions(%pos : tensor<2x8x16xf32>)
      : tensor<25x2x16xf32>, tensor<100x2x16xf32>, tensor<3xi32> -> tensor<2x8x16xf32>
  return
}

// CHECK-LABEL: @gates
// CHECK: attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}}, %{{.+}} logits : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>, tensor<?x64x128xbf16>, tensor<?x64x128xbf16>) -> tensor<?x64x2xbf16>
func.func @gates(%do: tensor<?x64x128xbf16>, %g: tensor<?x64x2xbf16>,
                 %a: tensor<?x64x128xbf16>, %b: tensor<?x64x128xbf16>, %l: tensor<?x64xf32>) {
  %dg = attn.combine_grad_gates %do, %g of %a, %b logits
      : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>, tensor<?x64x128xbf16>,
         tensor<?x64x128xbf16>) -> tensor<?x64x2xbf16>
  %dh, %m, %delta = attn.combine_grad_gates %do, %g of %a lse %l columns [1] logits
      : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>, tensor<?x64x128xbf16>,
         tensor<?x64xf32>) -> (tensor<?x64x2xbf16>, tensor<?x64xf32>, tensor<?x64xf32>)
  return
}

// CHECK-LABEL: @owned_gates
// CHECK: attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}} over %{{.+}} values : (tensor<?x4x16xf16>, tensor<?x4x1xf16>, tensor<?x4x16xf16>, tensor<?xi32>) -> tensor<?x4x1xf16>
func.func @owned_gates(%do: tensor<?x4x16xf16>, %g: tensor<?x4x1xf16>, %a: tensor<?x4x16xf16>, %cu: tensor<?xi32>) -> tensor<?x4x1xf16> {
  %dg = attn.combine_grad_gates %do, %g of %a over %cu values
      : (tensor<?x4x16xf16>, tensor<?x4x1xf16>, tensor<?x4x16xf16>, tensor<?xi32>) -> tensor<?x4x1xf16>
  return %dg : tensor<?x4x1xf16>
}

// CHECK-LABEL: @gated_attentions
// CHECK: attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}}, %{{.+}} lse %{{.+}}, %{{.+}} over %{{.+}} columns [2, 0] logits : (tensor<?x4x16xf16>, tensor<?x4x3xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?xi32>) -> (tensor<?x4x3xf16>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
func.func @gated_attentions(%do: tensor<?x4x16xf16>, %g: tensor<?x4x3xf16>, %a: tensor<?x4x16xf16>, %l: tensor<?x4xf32>, %cu: tensor<?xi32>) {
  %dg, %m:2, %d:2 = attn.combine_grad_gates %do, %g of %a, %a lse %l, %l over %cu columns [2, 0] logits
      : (tensor<?x4x16xf16>, tensor<?x4x3xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?xi32>)
        -> (tensor<?x4x3xf16>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
  return
}

// CHECK-LABEL: @columns
// CHECK: attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}} columns [2] values : (tensor<?x4x16xf16>, tensor<?x4x3xf16>, tensor<?x4x16xf16>) -> tensor<?x4x3xf32>
func.func @columns(%do: tensor<?x4x16xf16>, %g: tensor<?x4x3xf16>, %a: tensor<?x4x16xf16>) {
  %dg = attn.combine_grad_gates %do, %g of %a columns [2] values
      : (tensor<?x4x16xf16>, tensor<?x4x3xf16>, tensor<?x4x16xf16>) -> tensor<?x4x3xf32>
  return
}

// CHECK-LABEL: @sums
// CHECK: attn.sum %{{.+}}, %{{.+}} of "tokens" : (tensor<?x4x128xf32>, tensor<?x4x128xf32>) -> tensor<?x4x128xbf16>
// CHECK: attn.sum %{{.+}} of "tokens" : (tensor<?x4x128xf32>) -> tensor<?x4x128xf16>
// CHECK: attn.sum %{{.+}}, %{{.+}}, %{{.+}} of "static" : (tensor<4x32xf32>, tensor<4x32xbf16>, tensor<4x32xf32>) -> tensor<4x32xbf16>
func.func @sums(%a: tensor<?x4x128xf32>, %b: tensor<?x4x128xf32>,
                %w: tensor<4x32xf32>, %x: tensor<4x32xbf16>) {
  %dk = attn.sum %a, %b of "tokens"
      : (tensor<?x4x128xf32>, tensor<?x4x128xf32>) -> tensor<?x4x128xbf16>
  %r = attn.sum %a of "tokens" : (tensor<?x4x128xf32>) -> tensor<?x4x128xf16>
  %dw = attn.sum %w, %x, %w of "static"
      : (tensor<4x32xf32>, tensor<4x32xbf16>, tensor<4x32xf32>) -> tensor<4x32xbf16>
  return
}
