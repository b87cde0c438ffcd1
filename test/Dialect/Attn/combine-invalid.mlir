// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @combine_c1(%g: tensor<?x4x0xf32>) {
  // expected-error @+1 {{'attn.combine' op expected at least one branch, got none}}
  %o = "attn.combine"(%g) {mode = 0 : i32, operandSegmentSizes = array<i32: 0, 1, 0>} : (tensor<?x4x0xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c2(%a: tensor<?x4x16xf32>, %b: tensor<?x4x32xf32>, %g: tensor<?x4x2xf32>) {
  // expected-error @+1 {{'attn.combine' op expected branches and out to have one type, got 'tensor<?x4x32xf32>' and 'tensor<?x4x16xf32>'}}
  %o = attn.combine %a, %b gates %g logits
      : (tensor<?x4x16xf32>, tensor<?x4x32xf32>, tensor<?x4x2xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c3(%a: tensor<?x4x16xf32>, %b: tensor<?x4x16xf32>, %g: tensor<?x4x3xf32>) {
  // expected-error @+1 {{'attn.combine' op expected gates to be [?, 4, 2], got 'tensor<?x4x3xf32>'}}
  %o = attn.combine %a, %b gates %g logits
      : (tensor<?x4x16xf32>, tensor<?x4x16xf32>, tensor<?x4x3xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c4(%a: tensor<?x?x16xf32>, %g: tensor<?x?x1xf32>) {
  // expected-error @+1 {{'attn.combine' op expected static heads and dim of out, at least 1, got 'tensor<?x?x16xf32>'}}
  %o = attn.combine %a gates %g values
      : (tensor<?x?x16xf32>, tensor<?x?x1xf32>) -> tensor<?x?x16xf32>
  return
}

// -----

func.func @combine_c5(%a: tensor<7x4x16xf32>, %g: tensor<8x4x1xf32>) {
  // expected-error @+1 {{'attn.combine' op expected out and gates to agree in rows, got 7 and 8}}
  %o = attn.combine %a gates %g values
      : (tensor<7x4x16xf32>, tensor<8x4x1xf32>) -> tensor<7x4x16xf32>
  return
}

// -----

func.func @unknown_mode(%a: tensor<?x4x16xf32>, %g: tensor<?x4x1xf32>) {
  // expected-error @+1 {{expected string or keyword containing one of the following enum values for attribute 'mode' [logits, values]}}
  %o = attn.combine %a gates %g softmax
      : (tensor<?x4x16xf32>, tensor<?x4x1xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c2_base(%a: tensor<?x4x16xf16>, %p: tensor<?x4x16xf32>, %g: tensor<?x4x1xf32>) {
  // expected-error @+1 {{'attn.combine' op expected base and out to have one type, got 'tensor<?x4x16xf32>' and 'tensor<?x4x16xf16>'}}
  %o = attn.combine %a gates %g values onto %p
      : (tensor<?x4x16xf16>, tensor<?x4x1xf32>, tensor<?x4x16xf32>) -> tensor<?x4x16xf16>
  return
}

// -----

func.func @combine_c3_more_columns_than_branches(%a: tensor<?x4x16xf32>, %p: tensor<?x4x16xf32>, %g: tensor<?x4x3xf32>) {
  // expected-error @+1 {{'attn.combine' op expected gates to be [?, 4, 1], got 'tensor<?x4x3xf32>'}}
  %o = attn.combine %a gates %g logits onto %p
      : (tensor<?x4x16xf32>, tensor<?x4x3xf32>, tensor<?x4x16xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c3_heads(%a: tensor<?x4x16xf32>, %g: tensor<?x2x3xf32>) {
  // expected-error @+1 {{'attn.combine' op expected gates to be [?, 4, 3], got 'tensor<?x2x3xf32>'}}
  %o = attn.combine %a gates %g columns [1] logits
      : (tensor<?x4x16xf32>, tensor<?x2x3xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c3_dynamic_columns(%a: tensor<?x4x16xf32>, %g: tensor<?x4x?xf32>) {
  // expected-error @+1 {{'attn.combine' op expected gates to be [?, 4, 1], got 'tensor<?x4x?xf32>'}}
  %o = attn.combine %a gates %g columns [0] logits
      : (tensor<?x4x16xf32>, tensor<?x4x?xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c6_count(%a: tensor<?x4x16xf32>, %g: tensor<?x4x3xf32>) {
  // expected-error @+1 {{'attn.combine' op expected a column of the gates for each of 1 branches, got 2}}
  %o = attn.combine %a gates %g columns [0, 1] logits
      : (tensor<?x4x16xf32>, tensor<?x4x3xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c6_past_the_gates(%a: tensor<?x4x16xf32>, %b: tensor<?x4x16xf32>, %g: tensor<?x4x3xf32>) {
  // expected-error @+1 {{'attn.combine' op expected columns of the gates from 0 to 2, got 3}}
  %o = attn.combine %a, %b gates %g columns [0, 3] logits
      : (tensor<?x4x16xf32>, tensor<?x4x16xf32>, tensor<?x4x3xf32>) -> tensor<?x4x16xf32>
  return
}

// -----

func.func @combine_c6_negative(%a: tensor<?x4x16xf32>, %g: tensor<?x4x3xf32>) {
  // expected-error @+1 {{'attn.combine' op expected columns of the gates from 0 to 2, got -1}}
  %o = attn.combine %a gates %g columns [-1] logits
      : (tensor<?x4x16xf32>, tensor<?x4x3xf32>) -> tensor<?x4x16xf32>
  return
}
