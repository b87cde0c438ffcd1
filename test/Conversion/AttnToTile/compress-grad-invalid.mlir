// What has no kernel yet, or none for a GPU.
// RUN: split-file %s %t
// RUN: fovea-opt %t/kind.mlir --attn-choose-schedules --verify-diagnostics
// RUN: fovea-opt %t/gpu-kind.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics
// RUN: fovea-opt %t/gpu-dim.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics

//--- kind.mlir
!x = tensor<?x2x8xf32>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %u: tensor<2x8xf32>, %c: tensor<2x4xf32>) -> !x {
  // expected-error @+1 {{'attn.compress_grad_input' op expected phi of mean, weighted or linear, of which alone there is a kernel, got gated}}
  %dk = attn.compress_grad_input %d of %k by #attn.phi<gated> into #attn.compressed<block = 4, stride = 2> over %cu params(%u, %c : tensor<2x8xf32>, tensor<2x4xf32>) : !x, !x, tensor<?xi32> -> !x
  return %dk : !x
}

//--- gpu-kind.mlir
!x = tensor<?x2x8xf32>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %u: tensor<2x8xf32>, %c: tensor<2x4xf32>) -> !x {
  // expected-error @+1 {{'attn.compress_grad_input' op expected phi of mean, weighted or linear, of which alone there is a kernel, got gated}}
  %dk = attn.compress_grad_input %d of %k by #attn.phi<gated> into #attn.compressed<block = 4, stride = 2> over %cu params(%u, %c : tensor<2x8xf32>, tensor<2x4xf32>) : !x, !x, tensor<?xi32> -> !x
  return %dk : !x
}

//--- gpu-dim.mlir
!x = tensor<?x2x2048xbf16>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>) -> !x {
  // expected-error @+1 {{'attn.compress_grad_input' op expected a head dim of at most 1024 on a GPU, got 2048}}
  %dk = attn.compress_grad_input %d of %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu : !x, !x, tensor<?xi32> -> !x
  return %dk : !x
}
