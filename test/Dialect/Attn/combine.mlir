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

// CHECK-LABEL: @part_of_a_sum
// CHECK: %[[PART:.+]] = attn.combine %{{.+}}, %{{.+}} gates %{{.+}} columns [3, 0] logits : (tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x4xf32>) -> tensor<?x4x16xf16>
// CHECK: attn.combine %{{.+}} gates %{{.+}} columns [2] logits onto %[[PART]] : (tensor<?x4x16xf16>, tensor<?x4x4xf32>, tensor<?x4x16xf16>) -> tensor<?x4x16xf16>
// CHECK: attn.combine %{{.+}} gates %{{.+}} values onto %{{.+}} : (tensor<?x4x16xf16>, tensor<?x4x1xf32>, tensor<?x4x16xf16>)
func.func @part_of_a_sum(%a: tensor<?x4x16xf16>, %b: tensor<?x4x16xf16>, %g: tensor<?x4x4xf32>, %one: tensor<?x4x1xf32>) {
  %p = attn.combine %a, %b gates %g columns [3, 0] logits
      : (tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x4xf32>) -> tensor<?x4x16xf16>
  %o = attn.combine %a gates %g columns [2] logits onto %p
      : (tensor<?x4x16xf16>, tensor<?x4x4xf32>, tensor<?x4x16xf16>) -> tensor<?x4x16xf16>
  %w = attn.combine %a gates %one values onto %b
      : (tensor<?x4x16xf16>, tensor<?x4x1xf32>, tensor<?x4x16xf16>) -> tensor<?x4x16xf16>
  return
}

// CHECK-LABEL: @in_two_parts
// CHECK: %[[PART:.+]] = attn.combine %{{.+}} gates %{{.+}} columns [0] logits :
// CHECK: attn.combine %{{.+}} gates %{{.+}} columns [1] logits onto %[[PART]] :
func.func @in_two_parts(%a: tensor<?x64x128xbf16>, %b: tensor<?x64x128xbf16>,
                        %g: tensor<?x64x2xbf16>) {
  %p = attn.combine %a gates %g columns [0] logits
      : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>) -> tensor<?x64x128xbf16>
  %o = attn.combine %b gates %g columns [1] logits onto %p
      : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>, tensor<?x64x128xbf16>)
        -> tensor<?x64x128xbf16>
  return
}
