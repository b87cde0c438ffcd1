// What no kernel computes, or none for a GPU.
// RUN: split-file %s %t
// RUN: fovea-opt %t/depth.mlir --attn-choose-schedules --verify-diagnostics
// RUN: fovea-opt %t/params-depth.mlir --attn-choose-schedules --verify-diagnostics
// RUN: fovea-opt %t/gpu-matrix.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics
// RUN: fovea-opt %t/gpu-hidden.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics
// RUN: fovea-opt %t/gpu-wide-hidden.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics
// RUN: fovea-opt %t/gpu-product.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics
// RUN: fovea-opt %t/gpu-dim.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics

//--- params-depth.mlir
!x = tensor<?x2x64xf32>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %a: tensor<2x4x64x64xf32>) -> tensor<2x4x64x64xf32> {
  // expected-error @+1 {{'attn.compress_grad_params' op expected the schedule's depth, rows of a matrix, to be at most the head dim, got 65 and 64}}
  %da = attn.compress_grad_params %d of %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%a : tensor<2x4x64x64xf32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 16, depth = 65>} : !x, !x, tensor<?xi32> -> tensor<2x4x64x64xf32>
  return %da : tensor<2x4x64x64xf32>
}

//--- gpu-matrix.mlir
!x = tensor<?x2x48xbf16>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %a: tensor<2x4x48x48xbf16>) -> tensor<2x4x48x48xbf16> {
  // expected-error @+1 {{'attn.compress_grad_params' op expected a head dim of at least 64 for the gradients of phi's matrices on a GPU, got 48}}
  %da = attn.compress_grad_params %d of %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%a : tensor<2x4x48x48xbf16>) : !x, !x, tensor<?xi32> -> tensor<2x4x48x48xbf16>
  return %da : tensor<2x4x48x48xbf16>
}

//--- gpu-hidden.mlir
!x = tensor<?x2x64xbf16>
!h = tensor<?x2x32xbf16>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %B1: tensor<2x256x32xbf16>, %b1: tensor<2x32xbf16>, %B2: tensor<2x32x64xbf16>, %b2: tensor<2x64xbf16>, %a: !h {attn.rows = "tokens / 2"}) -> tensor<2x32xbf16> {
  // expected-error @+1 {{'attn.compress_grad_params' op expected hidden to be at least 64 for the gradients of phi's matrices on a GPU, got 32}}
  %g:4 = attn.compress_grad_params %d of %k by #attn.phi<mlp, hidden = 32> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x256x32xbf16>, tensor<2x32xbf16>, tensor<2x32x64xbf16>, tensor<2x64xbf16>) hidden(%a, %a : !h, !h) : !x, !x, tensor<?xi32> -> tensor<2x256x32xbf16>, tensor<2x32xbf16>, tensor<2x32x64xbf16>, tensor<2x64xbf16>
  return %g#1 : tensor<2x32xbf16>
}

//--- gpu-wide-hidden.mlir
!x = tensor<?x2x64xbf16>
!h = tensor<?x2x192xbf16>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %B1: tensor<2x256x192xbf16>, %b1: tensor<2x192xbf16>, %B2: tensor<2x192x64xbf16>, %b2: tensor<2x64xbf16>) -> !h {
  // expected-error @+1 {{'attn.compress_grad_hidden' op expected hidden to be at most 128 for its gradient on a GPU, got 192}}
  %a, %dh = attn.compress_grad_hidden %d of %k by #attn.phi<mlp, hidden = 192> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x256x192xbf16>, tensor<2x192xbf16>, tensor<2x192x64xbf16>, tensor<2x64xbf16>) : !x, !x, tensor<?xi32> -> !h, !h
  return %dh : !h
}

//--- gpu-product.mlir
!x = tensor<?x2x64xf32>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %a: tensor<2x4x64x64xf32>) -> !x {
  // expected-error @+1 {{'attn.compress_grad_input' op expected f16 or bf16 on a GPU, got 'f32'}}
  %dk = attn.compress_grad_input %d of %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%a : tensor<2x4x64x64xf32>) : !x, !x, tensor<?xi32> -> !x
  return %dk : !x
}

//--- depth.mlir
!x = tensor<?x2x64xf32>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>, %a: tensor<2x4x64x64xf32>) -> !x {
  // expected-error @+1 {{'attn.compress_grad_input' op expected the schedule's depth to divide the head dim, got 48 and 64}}
  %dk = attn.compress_grad_input %d of %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%a : tensor<2x4x64x64xf32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 16, depth = 48>} : !x, !x, tensor<?xi32> -> !x
  return %dk : !x
}

//--- gpu-dim.mlir
!x = tensor<?x2x2048xbf16>
func.func @f(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: tensor<?xi32>) -> !x {
  // expected-error @+1 {{'attn.compress_grad_input' op expected a head dim of at most 1024 on a GPU, got 2048}}
  %dk = attn.compress_grad_input %d of %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu : !x, !x, tensor<?xi32> -> !x
  return %dk : !x
}
