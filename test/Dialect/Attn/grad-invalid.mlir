// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @combine_grad_gates_as_combine_c2(%do: tensor<?x4x8xf32>, %g: tensor<?x4x2xf32>, %a: tensor<?x4x16xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected branches and dout to have one type, got 'tensor<?x4x16xf32>' and 'tensor<?x4x8xf32>'}}
  %d = attn.combine_grad_gates %do, %g of %a, %a logits
      : (tensor<?x4x8xf32>, tensor<?x4x2xf32>, tensor<?x4x16xf32>, tensor<?x4x16xf32>) -> tensor<?x4x2xf32>
  return
}

// -----

func.func @combine_grad_gates_as_combine_c3(%do: tensor<?x4x8xf32>, %g: tensor<?x4x3xf32>, %a: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected gates to be [?, 4, 2], got 'tensor<?x4x3xf32>'}}
  %d = attn.combine_grad_gates %do, %g of %a, %a logits
      : (tensor<?x4x8xf32>, tensor<?x4x3xf32>, tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x2xf32>
  return
}

// -----

func.func @combine_grad_gates_as_combine_c6(%do: tensor<?x4x8xf32>, %g: tensor<?x4x2xf32>, %a: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected columns of the gates from 0 to 1, got 2}}
  %d = attn.combine_grad_gates %do, %g of %a, %a columns [0, 2] logits
      : (tensor<?x4x8xf32>, tensor<?x4x2xf32>, tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x2xf32>
  return
}

// -----

func.func @combine_grad_gates_c1(%do: tensor<?x4x8xf32>, %g: tensor<?x4x2xf32>, %a: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected dgates to be [?, 4, 2], got 'tensor<?x4x3xf32>'}}
  %d = attn.combine_grad_gates %do, %g of %a, %a logits
      : (tensor<?x4x8xf32>, tensor<?x4x2xf32>, tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x3xf32>
  return
}

// -----

func.func @combine_grad_gates_c1_element(%do: tensor<?x4x8xf32>, %g: tensor<?x4x2xbf16>, %a: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected dgates to be of 'bf16' or 'f32', got 'f16'}}
  %d = attn.combine_grad_gates %do, %g of %a, %a logits
      : (tensor<?x4x8xf32>, tensor<?x4x2xbf16>, tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<?x4x2xf16>
  return
}

// -----

func.func @combine_grad_gates_c1_rows(%do: tensor<?x4x8xf32>, %g: tensor<5x4x2xf32>, %a: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected gates and dgates to agree in rows, got 5 and 6}}
  %d = attn.combine_grad_gates %do, %g of %a, %a logits
      : (tensor<?x4x8xf32>, tensor<5x4x2xf32>, tensor<?x4x8xf32>, tensor<?x4x8xf32>) -> tensor<6x4x2xf32>
  return
}

// -----

func.func @combine_grad_gates_c2_count(%do: tensor<?x4x8xf32>, %g: tensor<?x4x2xf32>, %a: tensor<?x4x8xf32>, %l: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected an lse for each branch, of gates that are logits, got 1 for 2 with logits}}
  %d, %m, %e = attn.combine_grad_gates %do, %g of %a, %a lse %l logits
      : (tensor<?x4x8xf32>, tensor<?x4x2xf32>, tensor<?x4x8xf32>, tensor<?x4x8xf32>, tensor<?x4xf32>) -> (tensor<?x4x2xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
  return
}

// -----

func.func @combine_grad_gates_c2_values(%do: tensor<?x4x8xf32>, %g: tensor<?x4x1xf32>, %a: tensor<?x4x8xf32>, %l: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected an lse for each branch, of gates that are logits, got 1 for 1 with values}}
  %d, %m, %e = attn.combine_grad_gates %do, %g of %a lse %l values
      : (tensor<?x4x8xf32>, tensor<?x4x1xf32>, tensor<?x4x8xf32>, tensor<?x4xf32>) -> (tensor<?x4x1xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
  return
}

// -----

func.func @combine_grad_gates_c2_shape(%do: tensor<?x4x8xf32>, %g: tensor<?x4x1xf32>, %a: tensor<?x4x8xf32>, %l: tensor<?x5xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected lse to be [?, 4], got 'tensor<?x5xf32>'}}
  %d, %m, %e = attn.combine_grad_gates %do, %g of %a lse %l logits
      : (tensor<?x4x8xf32>, tensor<?x4x1xf32>, tensor<?x4x8xf32>, tensor<?x5xf32>) -> (tensor<?x4x1xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
  return
}

// -----

func.func @combine_grad_gates_c3(%do: tensor<?x4x8xf32>, %g: tensor<?x4x1xf32>, %a: tensor<?x4x8xf32>, %l: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected 1 of gated and of deltas each, as of lses, got 0 in all}}
  %d = attn.combine_grad_gates %do, %g of %a lse %l logits
      : (tensor<?x4x8xf32>, tensor<?x4x1xf32>, tensor<?x4x8xf32>, tensor<?x4xf32>) -> tensor<?x4x1xf32>
  return
}

// -----

func.func @combine_grad_gates_c3_shape(%do: tensor<?x4x8xf32>, %g: tensor<?x4x1xf32>, %a: tensor<?x4x8xf32>, %l: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected delta to be [?, 4], got 'tensor<?x8xf32>'}}
  %d, %m, %e = attn.combine_grad_gates %do, %g of %a lse %l logits
      : (tensor<?x4x8xf32>, tensor<?x4x1xf32>, tensor<?x4x8xf32>, tensor<?x4xf32>) -> (tensor<?x4x1xf32>, tensor<?x4xf32>, tensor<?x8xf32>)
  return
}

// -----

func.func @combine_grad_gates_c4(%do: tensor<?x4x8xf32>, %g: tensor<5x4x1xf32>, %a: tensor<?x4x8xf32>, %l: tensor<6x4xf32>) {
  // expected-error @+1 {{'attn.combine_grad_gates' op expected dgates and lse to agree in rows, got 5 and 6}}
  %d, %m, %e = attn.combine_grad_gates %do, %g of %a lse %l logits
      : (tensor<?x4x8xf32>, tensor<5x4x1xf32>, tensor<?x4x8xf32>, tensor<6x4xf32>) -> (tensor<5x4x1xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
  return
}

// -----

func.func @sum_c1() {
  // expected-error @+1 {{'attn.sum' op expected at least one part, got none}}
  %d = attn.sum of "tokens" : () -> tensor<?x4xf32>
  return
}

// -----

func.func @sum_c2(%a: tensor<?x4xf32>) {
  // expected-error @+1 {{'attn.sum' op expected parts and out to have one shape, got 'tensor<?x4xf32>' and 'tensor<?x2xf32>'}}
  %d = attn.sum %a, %a of "tokens" : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @sum_c3(%a: tensor<?xf32>) {
  // expected-error @+1 {{'attn.sum' op expected rows of "static", "tokens" or "tokens / <number>", got "sequence_ends"}}
  %d = attn.sum %a, %a of "sequence_ends" : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return
}
