// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @combine_c1(%g: tensor<?x4x0xf32>) {
  // expected-error @+1 {{'attn.combine' op expected at least one branch, got none}}
  %o = "attn.combine"(%g) {mode = 0 : i32} : (tensor<?x4x0xf32>) -> tensor<?x4x16xf32>
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
