// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @msa
// CHECK: attn.index_blocks %{{.+}} over #attn.causal into #attn.selected<block = 128> in %{{.+}}, %{{.+}} : tensor<?x4x128xbf16>, tensor<?x1x128xbf16>, tensor<?xi32> -> tensor<?x4x?xf32>
func.func @msa(%iq: tensor<?x4x128xbf16>, %ik: tensor<?x1x128xbf16>, %cu: tensor<?xi32>) {
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 128>
      in %ik, %cu : tensor<?x4x128xbf16>, tensor<?x1x128xbf16>, tensor<?xi32>
      -> tensor<?x4x?xf32>
  return
}

// Weighted, rectified products with a key per pool of 4 tokens; two KV heads of four index heads each.
// CHECK-LABEL: @qsa
// CHECK: in %{{.+}}, %{{.+}} through relu weights(%{{.+}} : tensor<100x8xf32>) : tensor<100x8x64xf32>, tensor<25x2x64xf32>, tensor<4xi32> -> tensor<100x2x?xf32>
func.func @qsa(%iq: tensor<100x8x64xf32>, %pk: tensor<25x2x64xf32>, %w: tensor<100x8xf32>, %cu: tensor<4xi32>) {
  %s = attn.index_blocks %iq over #attn.compressed<block = 4, stride = 4>
      into #attn.selected<block = 8> in %pk, %cu through relu weights(%w : tensor<100x8xf32>)
      : tensor<100x8x64xf32>, tensor<25x2x64xf32>, tensor<4xi32> -> tensor<100x2x?xf32>
  return
}
