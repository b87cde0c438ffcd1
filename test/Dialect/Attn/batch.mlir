// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @compressed
// CHECK: %[[BATCH:.+]] = attn.batch queries %{{.+}} keys %{{.+}} lengths %{{.+}} : tensor<?xi32>, tensor<?xi32>, tensor<?xi32>
// CHECK: attn.attend %{{.+}} sees #attn.compressed<block = 32, stride = 16> in %{{.+}}, %{{.+}}, %[[BATCH]] : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, !attn.batch -> tensor<?x64x128xbf16>, tensor<?x64xf32>
func.func @compressed(%q: tensor<?x64x128xbf16>, %kc: tensor<?x4x128xbf16>, %vc: tensor<?x4x128xbf16>,
                      %cuq: tensor<?xi32>, %cuk: tensor<?xi32>, %used: tensor<?xi32>) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used
      : tensor<?xi32>, tensor<?xi32>, tensor<?xi32>
  %o, %lse = attn.attend %q sees #attn.compressed<block = 32, stride = 16> in %kc, %vc, %batch
      : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>,
        !attn.batch -> tensor<?x64x128xbf16>, tensor<?x64xf32>
  return
}

// Rows of queries and of keys need not fit one another, and all rows of keys may be tokens.
// CHECK-LABEL: @static_rows
// CHECK: attn.batch queries %{{.+}} keys %{{.+}} : tensor<3xi32>, tensor<?xi32>
// CHECK: attn.select_topk %{{.+}}, %{{.+}} of #attn.selected<block = 16> top 4 initial 1 local 1 : tensor<7x2x?xf32>, !attn.batch -> tensor<7x2x4xi32>
func.func @static_rows(%q: tensor<7x4x16xf32>, %kc: tensor<50x2x16xf32>, %lse: tensor<7x4xf32>,
                       %cuq: tensor<3xi32>, %cuk: tensor<?xi32>) {
  %batch = attn.batch queries %cuq keys %cuk : tensor<3xi32>, tensor<?xi32>
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16>
      in %kc, %lse, %batch : tensor<7x4x16xf32>, tensor<50x2x16xf32>, tensor<7x4xf32>, !attn.batch
      -> tensor<7x2x?xf32>
  %i = attn.select_topk %s, %batch of #attn.selected<block = 16> top 4 initial 1 local 1
      : tensor<7x2x?xf32>, !attn.batch -> tensor<7x2x4xi32>
  return
}

// Windows are of the tokens that there are, and so are their gradients.
// CHECK-LABEL: func.func @compress
// CHECK: attn.compress %{{.+}} over %[[BATCH:.+]] : tensor<50x2x16xf32>, !attn.batch -> tensor<?x2x16xf32>
// CHECK: attn.compress_grad_input %{{.+}} over %[[BATCH]]
func.func @compress(%q: tensor<7x4x16xf32>, %k: tensor<50x2x16xf32>, %cuq: tensor<3xi32>, %cuk: tensor<3xi32>, %used: tensor<2xi32>, %dout: tensor<?x2x16xf32>) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : tensor<3xi32>, tensor<3xi32>, tensor<2xi32>
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %batch
      : tensor<50x2x16xf32>, !attn.batch -> tensor<?x2x16xf32>
  %dk = attn.compress_grad_input %dout of %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %batch
      : tensor<?x2x16xf32>, tensor<50x2x16xf32>, !attn.batch -> tensor<50x2x16xf32>
  return
}
