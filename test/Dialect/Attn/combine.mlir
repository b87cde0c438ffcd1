// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @logits
// CHECK: attn.combine %{{.+}}, %{{.+}} gates %{{.+}} logits : (tensor<?x64x128xbf16>, tensor<?x64x128xbf16>, tensor<?x64x2xbf16>) -> tensor<?x64x128xbf16>
func.func @logits(%a: tensor<?x64x128xbf16>, %b: tensor<?x64x128xbf16>,
                  %g: tensor<?x64x2xbf16>) {
  %o = attn.combine %a, %b gates %g logits
      : (tensor<?x64x128xbf16>, tensor<?x64x128xbf16>, tensor<?x64x2xbf16>)
        -> tensor<?x64x128xbf16>
  return
}

// Gates may be of another element type than the branches.
// CHECK-LABEL: @values_of_one_branch
// CHECK: attn.combine %{{.+}} gates %{{.+}} values : (tensor<7x4x16xf16>, tensor<?x4x1xf32>) -> tensor<7x4x16xf16>
func.func @values_of_one_branch(%a: tensor<7x4x16xf16>, %g: tensor<?x4x1xf32>) {
  %o = attn.combine %a gates %g values
      : (tensor<7x4x16xf16>, tensor<?x4x1xf32>) -> tensor<7x4x16xf16>
  return
}
