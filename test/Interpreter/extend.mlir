// REQUIRES: fovea-opt, fovea-interpret
// Queries that are the last tokens of sequences, and their gradients: placed and lowered as if each token were one. Rows of
// keys behind a sequence's last token are NaN. Whatever the arrays say that say
// where queries and keys are, nothing leaves its array.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles -o %t.placed && fovea-opt %t.placed --convert-tile-to-simt=target=%{target} --simt-narrow-indices -o %t.threads
// DEFINE: %{batch} = --lengths=0,1,37,60,20 --queries=0,1,37,3,0 --scale=0.25 --tolerance=0.01
// DEFINE: %{place} = fovea-interpret %t.placed --against=%t.logical --seeds=2 %{batch}
// DEFINE: %{run} = fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=2 %{batch}
// DEFINE: %{any} = fovea-interpret %t.threads --garbage=24 --lengths=9,0,40,17 --queries=3,0,40,1
// RUN: %{lower}
// RUN: %{place} --entry=window --nan-sequence=3 | FileCheck %s
// RUN: %{place} --entry=compressed | FileCheck %s
// RUN: %{place} --entry=selected --list-block=32 | FileCheck %s
// RUN: %{place} --entry=chosen | FileCheck %s
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=compressed | FileCheck %s
// RUN: %{run} --entry=selected --list-block=32 | FileCheck %s
// RUN: %{run} --entry=chosen | FileCheck %s
// RUN: %{place} --entry=window_grads | FileCheck %s
// RUN: %{place} --entry=selected_grads --list-block=32 | FileCheck %s
// RUN: %{run} --entry=window_grads | FileCheck %s
// RUN: %{run} --entry=selected_grads --list-block=32 | FileCheck %s
// RUN: fovea-interpret %t.placed --against=%t.logical --seeds=2 --lengths=0,1,37 --queries=0,0,0 --entry=selected_grads --list-block=32 | FileCheck %s
// RUN: %{place} --entry=compressed_grads | FileCheck %s
// RUN: %{run} --entry=compressed_grads | FileCheck %s
// RUN: %{any} --entry=compressed | FileCheck %s
// RUN: %{any} --entry=compressed_grads | FileCheck %s
// RUN: %{any} --entry=window | FileCheck %s
// RUN: %{any} --entry=selected --list-block=32 | FileCheck %s
// RUN: %{any} --entry=chosen | FileCheck %s
// RUN: %{any} --entry=window_grads | FileCheck %s
// RUN: %{any} --entry=selected_grads --list-block=32 | FileCheck %s
// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=selected --list-block=32 | FileCheck %s
// RUN: %{run} --entry=window_grads | FileCheck %s
// RUN: %{run} --entry=compressed_grads | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

!q = tensor<?x8x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!s = tensor<?x8xf32>
!lists = tensor<?x2x3xi32>

func.func @window(%q: !q, %k: !kv, %v: !kv, %cuq: !cu, %cuk: !cu, %used: !cu) -> (!q, !s) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %o, %lse = attn.attend %q sees #attn.window<20> in %k, %v, %batch : !q, !kv, !kv, !attn.batch -> !q, !s
  return %o, %lse : !q, !s
}

func.func @compressed(%q: !q, %k: !kv, %cuq: !cu, %cuk: !cu, %used: !cu) -> !q {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %batch : !kv, !attn.batch -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %batch : !q, !kv, !kv, !attn.batch -> !q, !s
  return %o : !q
}

func.func @selected(%q: !q, %k: !kv, %v: !kv, %cuq: !cu, %cuk: !cu, %used: !cu, %i: !lists) -> !q {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %o, %lse = attn.attend %q sees #attn.selected<block = 32> in %k, %v, %batch indices(%i : !lists) : !q, !kv, !kv, !attn.batch -> !q, !s
  return %o : !q
}

func.func @chosen(%iq: tensor<?x4x32xbf16>, %ik: tensor<?x1x32xbf16>, %cuq: !cu, %cuk: !cu, %used: !cu) -> tensor<?x4x3xi32> {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 16> in %ik, %batch : tensor<?x4x32xbf16>, tensor<?x1x32xbf16>, !attn.batch -> tensor<?x4x?xf32>
  %i = attn.select_topk %s, %batch of #attn.selected<block = 16> top 3 initial 1 local 1 : tensor<?x4x?xf32>, !attn.batch -> tensor<?x4x3xi32>
  return %i : tensor<?x4x3xi32>
}

func.func @window_grads(%q: !q, %k: !kv, %v: !kv, %cuq: !cu, %cuk: !cu, %used: !cu, %do: !q, %lse: !s, %delta: !s) -> (!q, !kv, !kv) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %dq = attn.attend_grad_q %q sees #attn.window<20> in %k, %v, %batch of %do, %lse, %delta : !q, !kv, !kv, !attn.batch, !q, !s, !s -> !q
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<20> in %k, %v, %batch of %do, %lse, %delta : !q, !kv, !kv, !attn.batch, !q, !s, !s -> !kv, !kv
  return %dq, %dk, %dv : !q, !kv, !kv
}

func.func @selected_grads(%q: !q, %k: !kv, %v: !kv, %cuq: !cu, %cuk: !cu, %used: !cu, %do: !q, %lse: !s, %delta: !s, %i: !lists) -> (!kv, !kv) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %bounds, %entries = attn.invert_lists %i over %batch block 32 for %k : !kv : !lists, !attn.batch -> tensor<?x2x2xi32>, !lists
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 32> in %k, %v, %batch of %do, %lse, %delta listed(%bounds, %entries : tensor<?x2x2xi32>, !lists) : !q, !kv, !kv, !attn.batch, !q, !s, !s -> !kv, !kv
  return %dk, %dv : !kv, !kv
}

func.func @compressed_grads(%k: !kv, %dout: !kv {attn.rows = "key_tokens / 4"}, %cuq: !cu, %cuk: !cu, %used: !cu, %w: tensor<2x8xbf16>) -> (!kv, tensor<2x8xbf16>) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %dk = attn.compress_grad_input %dout of %k by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %batch params(%w : tensor<2x8xbf16>) : !kv, !kv, !attn.batch -> !kv
  %dw = attn.compress_grad_params %dout of %k by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %batch params(%w : tensor<2x8xbf16>) : !kv, !kv, !attn.batch -> tensor<2x8xbf16>
  return %dk, %dw : !kv, tensor<2x8xbf16>
}
