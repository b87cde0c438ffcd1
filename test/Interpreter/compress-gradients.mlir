// REQUIRES: fovea-opt, fovea-interpret
// Gradients of compressions, and sums over all tokens, placed and lowered, under the first schedule that each may have on a
// target, as in gradients.mlir. What is summed over all sequences has a NaN of any of them.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles -o %t.placed && fovea-opt %t.placed --convert-tile-to-simt=target=%{target} -o %t.threads
// DEFINE: %{place} = fovea-interpret %t.placed --against=%t.logical --seeds=2 --lengths=0,1,37,40 --scale=0.25 --tolerance=0.01
// DEFINE: %{run} = fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=2 --lengths=0,1,37 --scale=0.25 --tolerance=0.01
// RUN: %{lower}
// RUN: %{run} --entry=mean_input --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=weighted_input | FileCheck %s
// RUN: %{place} --entry=linear_input --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=linear_input --nan-sequence=2 | FileCheck %s
// RUN: %{place} --entry=mean_positions | FileCheck %s
// RUN: %{run} --entry=mean_positions | FileCheck %s
// RUN: %{run} --entry=weights | FileCheck %s
// RUN: %{place} --entry=matrices | FileCheck %s
// RUN: %{run} --entry=matrices | FileCheck %s
// RUN: %{place} --entry=hidden | FileCheck %s
// RUN: %{run} --entry=hidden | FileCheck %s
// RUN: %{place} --entry=mlp | FileCheck %s
// RUN: %{run} --entry=mlp | FileCheck %s
// RUN: %{place} --entry=gates_of_rows | FileCheck %s
// RUN: %{run} --entry=gates_of_rows | FileCheck %s
// RUN: %{run} --entry=gated | FileCheck %s
// RUN: %{run} --entry=sinks | FileCheck %s
// RUN: %{run} --entry=sum_tokens | FileCheck %s
// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: %{run} --entry=weighted_input | FileCheck %s
// RUN: %{run} --entry=linear_input | FileCheck %s
// RUN: %{run} --entry=weights | FileCheck %s
// RUN: %{run} --entry=matrices | FileCheck %s
// RUN: %{run} --entry=hidden | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!s = tensor<?x8xf32>

func.func @mean_input(%d: !kv {attn.rows = "tokens / 4"}, %k: !kv, %cu: !cu) -> !kv {
  %dk = attn.compress_grad_input %d of %k by #attn.phi<mean> into #attn.compressed<block = 12, stride = 4> over %cu : !kv, !kv, !cu -> !kv
  return %dk : !kv
}

func.func @weighted_input(%d: !kv {attn.rows = "tokens / 4"}, %k: !kv, %cu: !cu, %w: tensor<2x8xbf16>) -> tensor<?x2x32xf32> {
  %dk = attn.compress_grad_input %d of %k by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xbf16>) : !kv, !kv, !cu -> tensor<?x2x32xf32>
  return %dk : tensor<?x2x32xf32>
}

func.func @linear_input(%d: !kv {attn.rows = "tokens / 4"}, %k: !kv, %cu: !cu, %a: tensor<2x8x32x32xbf16>) -> !kv {
  %dk = attn.compress_grad_input %d of %k by #attn.phi<linear> into #attn.compressed<block = 8, stride = 4> over %cu params(%a : tensor<2x8x32x32xbf16>) : !kv, !kv, !cu -> !kv
  return %dk : !kv
}

func.func @mean_positions(%d: !kv {attn.rows = "tokens / 4"}, %k: !kv, %cu: !cu, %p: tensor<2x8x32xbf16>) -> tensor<2x8x32xbf16> {
  %dp = attn.compress_grad_params %d of %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu positions(%p : tensor<2x8x32xbf16>) : !kv, !kv, !cu -> tensor<2x8x32xbf16>
  return %dp : tensor<2x8x32xbf16>
}

func.func @weights(%d: !kv {attn.rows = "tokens / 4"}, %k: !kv, %cu: !cu, %w: tensor<2x8xbf16>, %p: tensor<2x8x32xbf16>) -> (tensor<2x8xf32>, tensor<2x8x32xf32>) {
  %dw, %dp = attn.compress_grad_params %d of %k by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xbf16>) positions(%p : tensor<2x8x32xbf16>) : !kv, !kv, !cu -> tensor<2x8xf32>, tensor<2x8x32xf32>
  return %dw, %dp : tensor<2x8xf32>, tensor<2x8x32xf32>
}

func.func @sinks(%s: tensor<8xf32>, %lse: !s, %delta: !s, %cu: !cu) -> tensor<8xf32> {
  %d = attn.attend_grad_sinks %s, %lse, %delta over %cu : tensor<8xf32>, !s, !s, !cu -> tensor<8xf32>
  return %d : tensor<8xf32>
}

func.func @sum_tokens(%x: tensor<?x16xf32>, %cu: !cu) -> tensor<16xf32> {
  %s = attn.sum_tokens %x over %cu : tensor<?x16xf32>, !cu -> tensor<16xf32>
  return %s : tensor<16xf32>
}

// Of 80 rows, a warpgroup has 48 twice.
func.func @matrices(%d: tensor<?x2x80xbf16> {attn.rows = "tokens / 4"}, %k: tensor<?x2x80xbf16>, %cu: !cu, %a: tensor<2x4x80x80xbf16>, %p: tensor<2x4x80xbf16>) -> (tensor<2x4x80x80xf32>, tensor<2x4x80xf32>) {
  %da, %dp = attn.compress_grad_params %d of %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 4> over %cu params(%a : tensor<2x4x80x80xbf16>) positions(%p : tensor<2x4x80xbf16>) : tensor<?x2x80xbf16>, tensor<?x2x80xbf16>, !cu -> tensor<2x4x80x80xf32>, tensor<2x4x80xf32>
  return %da, %dp : tensor<2x4x80x80xf32>, tensor<2x4x80xf32>
}

!x = tensor<?x2x64xbf16>
!b1 = tensor<2x256x64xbf16>
!bias = tensor<2x64xbf16>
!b2 = tensor<2x64x64xbf16>
func.func @hidden(%d: !x {attn.rows = "tokens / 4"}, %k: !x, %cu: !cu, %B1: !b1, %b1: !bias, %B2: !b2, %b2: !bias) -> (!x, !x) {
  %a, %dh = attn.compress_grad_hidden %d of %k by #attn.phi<mlp, hidden = 64, activation = silu> into #attn.compressed<block = 4, stride = 4> over %cu params(%B1, %b1, %B2, %b2 : !b1, !bias, !b2, !bias) : !x, !x, !cu -> !x, !x
  return %a, %dh : !x, !x
}

func.func @mlp(%d: !x {attn.rows = "tokens / 4"}, %k: !x, %cu: !cu, %B1: !b1, %b1: !bias, %B2: !b2, %b2: !bias, %p: tensor<2x4x64xbf16>, %a: !x {attn.rows = "tokens / 4"}, %dh: !x {attn.rows = "tokens / 4"}) -> (!x, !b1, tensor<2x64xf32>, tensor<2x64x64xf32>, !bias, tensor<2x4x64xf32>) {
  %dk = attn.compress_grad_input %d of %k by #attn.phi<mlp, hidden = 64, activation = silu> into #attn.compressed<block = 4, stride = 4> over %cu params(%B1, %b1, %B2, %b2 : !b1, !bias, !b2, !bias) positions(%p : tensor<2x4x64xbf16>) hidden(%a, %dh : !x, !x) : !x, !x, !cu -> !x
  %g:5 = attn.compress_grad_params %d of %k by #attn.phi<mlp, hidden = 64, activation = silu> into #attn.compressed<block = 4, stride = 4> over %cu params(%B1, %b1, %B2, %b2 : !b1, !bias, !b2, !bias) positions(%p : tensor<2x4x64xbf16>) hidden(%a, %dh : !x, !x) : !x, !x, !cu -> !b1, tensor<2x64xf32>, tensor<2x64x64xf32>, !bias, tensor<2x4x64xf32>
  return %dk, %g#0, %g#1, %g#2, %g#3, %g#4 : !x, !b1, tensor<2x64xf32>, tensor<2x64x64xf32>, !bias, tensor<2x4x64xf32>
}

!u = tensor<2x32xbf16>
!c = tensor<2x8xbf16>
!gates = tensor<?x2x8xbf16>
func.func @gates_of_rows(%d: !kv {attn.rows = "tokens / 4"}, %k: !kv, %cu: !cu, %u: !u, %c: !c) -> (!gates, !gates) {
  %a, %z = attn.compress_grad_hidden %d of %k by #attn.phi<gated> into #attn.compressed<block = 8, stride = 4> over %cu params(%u, %c : !u, !c) : !kv, !kv, !cu -> !gates, !gates
  return %a, %z : !gates, !gates
}

func.func @gated(%d: !kv {attn.rows = "tokens / 4"}, %k: !kv, %cu: !cu, %u: !u, %c: !c, %p: tensor<2x8x32xbf16>, %a: !gates {attn.rows = "tokens / 4"}, %z: !gates {attn.rows = "tokens / 4"}) -> (!kv, tensor<2x32xf32>, tensor<2x8xf32>, tensor<2x8x32xf32>) {
  %dk = attn.compress_grad_input %d of %k by #attn.phi<gated> into #attn.compressed<block = 8, stride = 4> over %cu params(%u, %c : !u, !c) positions(%p : tensor<2x8x32xbf16>) hidden(%a, %z : !gates, !gates) : !kv, !kv, !cu -> !kv
  %g:3 = attn.compress_grad_params %d of %k by #attn.phi<gated> into #attn.compressed<block = 8, stride = 4> over %cu params(%u, %c : !u, !c) positions(%p : tensor<2x8x32xbf16>) hidden(%a, %z : !gates, !gates) : !kv, !kv, !cu -> tensor<2x32xf32>, tensor<2x8xf32>, tensor<2x8x32xf32>
  return %dk, %g#0, %g#1, %g#2 : !kv, tensor<2x32xf32>, tensor<2x8xf32>, tensor<2x8x32xf32>
}
