// RUN: split-file %s %t
// RUN: fovea-opt %t/all.mlir --attn-differentiate -split-input-file -verify-diagnostics
// RUN: fovea-opt %t/names.mlir --attn-differentiate="arguments=k" --verify-diagnostics
// RUN: fovea-opt %t/integers.mlir --attn-differentiate="arguments=1" --verify-diagnostics
// RUN: fovea-opt %t/result-names.mlir --attn-differentiate="results=out" --verify-diagnostics
// RUN: fovea-opt %t/saved.mlir --attn-differentiate="save=lse,p" --verify-diagnostics
// RUN: fovea-opt %t/constant-result.mlir --attn-differentiate="results=1" --verify-diagnostics
// RUN: fovea-opt %t/unused-argument.mlir --attn-differentiate="arguments=2" --verify-diagnostics

//--- all.mlir
// A gradient has no gradient.
func.func @of_a_gradient(%q: tensor<?x2x8xf32>, %lse: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'attn.attend_delta' op expected a gradient, got none: see docs/adding-an-operation.md}}
  %d = attn.attend_delta %q, %q minus %lse : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  return %d : tensor<?x2xf32>
}

// -----

!x = tensor<?x2x8xf32>
func.func @in_a_group(%q: !x, %cu: tensor<?xi32>) -> !x {
  // expected-error @+1 {{'attn.group' op expected operations outside of groups, which attn-differentiate comes before, got a group}}
  %g = attn.group {
    %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
    attn.yield %o : !x
  } : !x
  return %g : !x
}

// -----

!x = tensor<?x2x8xf32>
func.func @of_lse_alone(%q: !x, %cu: tensor<?xi32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'attn.attend' op expected out to have a gradient where lse has one, got none: nothing that is returned follows from out}}
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %lse : tensor<?x2xf32>
}

// -----

// expected-error @+1 {{expected a result that follows smoothly from an argument, got none}}
func.func @of_a_choice(%s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) -> tensor<?x2x3xi32> {
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 3 initial 1 local 2
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x3xi32>
  return %i : tensor<?x2x3xi32>
}

// -----

!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected no function @f_backward, which the gradient of @f_forward is called, got one}}
func.func @f_forward(%q: !x, %cu: tensor<?xi32>) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}
func.func private @f_backward()

// -----

!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected the name of a result of @marked, or a number below 1, got 'out'}}
func.func @marked(%q: !x, %cu: tensor<?xi32>) -> (!x {attn.name = "o"}) attributes {attn.backward = ["out"]} {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}

// -----

!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected arguments and results of @called_grad_backward of distinct names, got two that are called grad_q}}
func.func @called_grad(%q: !x {attn.name = "q"}, %k: !x {attn.name = "grad_q"}, %cu: tensor<?xi32>) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}

// -----

// A mark on what has no gradient is refused, as the function is by itself.
!x = tensor<?x2x8xf32>
func.func @marked_gradient(%q: !x) -> (tensor<?x2xf32> {attn.name = "d"}) attributes {attn.backward = ["d"]} {
  // expected-error @+1 {{'attn.attend_delta' op expected a gradient, got none: see docs/adding-an-operation.md}}
  %d = attn.attend_delta %q, %q : !x, !x -> tensor<?x2xf32>
  return %d : tensor<?x2xf32>
}

//--- names.mlir
!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected the name of an argument of @f, or a number below 2, got 'k'}}
func.func @f(%q: !x {attn.name = "q"}, %cu: tensor<?xi32>) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}

//--- integers.mlir
!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected an argument of floating-point numbers, which has a gradient, got argument 1 of 'tensor<?xi32>'}}
func.func @f(%q: !x {attn.name = "q"}, %cu: tensor<?xi32>) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}

//--- result-names.mlir
!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected the name of a result of @f, or a number below 1, got 'out'}}
func.func @f(%q: !x {attn.name = "q"}, %cu: tensor<?xi32>) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}

//--- saved.mlir
!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected values to save of @f among out, lse, got 'p'}}
func.func @f(%q: !x {attn.name = "q"}, %cu: tensor<?xi32>) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}

//--- constant-result.mlir
!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected result 1 to follow smoothly from an argument whose gradient is wanted, got none}}
func.func @f(%q: !x, %s: tensor<?x2x?xf32>, %cu: tensor<?xi32>) -> (!x, tensor<?x2x3xi32>) {
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 3 initial 1 local 2
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x3xi32>
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o, %i : !x, tensor<?x2x3xi32>
}

//--- unused-argument.mlir
!x = tensor<?x2x8xf32>
// expected-error @+1 {{expected a result that follows smoothly from argument 2, whose gradient is wanted, got none}}
func.func @f(%q: !x, %cu: tensor<?xi32>, %unused: !x {attn.rows = "tokens"}) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o : !x
}
