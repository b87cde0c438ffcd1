// REQUIRES: fovea-opt, fovea-interpret
// Gradients of attentions with score regions, placed and lowered as gradients.mlir does: queries with the rows of learned
// values, keys and values; of a range of keys and of listed blocks.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles -o %t.placed && fovea-opt %t.placed --convert-tile-to-simt=target=%{target} --simt-narrow-indices -o %t.threads
// DEFINE: %{place} = fovea-interpret %t.placed --against=%t.logical --seeds=1 --lengths=0,1,37 --scale=0.25 --tolerance=0.01
// DEFINE: %{run} = fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=1 --lengths=0,1,37 --scale=0.25 --tolerance=0.01
// RUN: %{lower}
// RUN: %{place} --entry=slopes | FileCheck %s
// RUN: %{run} --entry=capped --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=slopes | FileCheck %s
// RUN: %{run} --entry=biased --list-block=32 | FileCheck %s
// RUN: %{place} --entry=capped_keys --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=capped_keys --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=sloped_keys --list-block=64 | FileCheck %s
// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: %{run} --entry=capped --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=slopes | FileCheck %s
// RUN: %{run} --entry=capped_keys --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=sloped_keys --list-block=64 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

!q = tensor<?x8x32xbf16>
!kv = tensor<?x2x32xbf16>
!v = tensor<?x2x48xbf16>
!o = tensor<?x8x48xbf16>
!cu = tensor<?xi32>
!s = tensor<?x8xf32>
!head = tensor<8xf32>
!lists = tensor<?x2x3xi32>

// A soft cap whose knee is where scores are, and where the temperature is.
func.func @capped(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %x: !head) -> (!q, !s) {
  %dq, %dx = attn.attend_grad_q %q sees #attn.window<20> in %k, %v, %cu of %do, %lse, %delta
      scores(%s, %t, %u, %h, %temperature = %x : !head) {
    %two = arith.constant 2.0 : f32
    %warm = arith.mulf %s, %temperature : f32
    %y = math.tanh %warm : f32
    %z = arith.mulf %y, %two : f32
    attn.score %z
  } : !q, !kv, !v, !cu, !o, !s, !s -> !q, !s
  return %dq, %dx : !q, !s
}

func.func @slopes(%q: !q, %k: !kv {attn.rows = "tokens / 4"}, %cu: !cu, %do: !q, %lse: !s, %delta: !s, %x: !head) -> (!q, !s) {
  %dq, %dx = attn.attend_grad_q %q sees #attn.compressed<block = 8, stride = 4> in %k, %k, %cu of %do, %lse, %delta
      scores(%s, %t, %u, %h, %slope = %x : !head) {
    %d = arith.subi %u, %t : i32
    %f = arith.sitofp %d : i32 to f32
    %small = arith.constant 0.03125 : f32
    %g = arith.mulf %f, %small : f32
    %b = arith.mulf %g, %slope : f32
    %z = arith.addf %s, %b : f32
    attn.score %z
  } : !q, !kv, !kv, !cu, !q, !s, !s -> !q, !s
  return %dq, %dx : !q, !s
}

func.func @biased(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %x: !head, %i: !lists) -> (!q, !s) {
  %dq, %dx = attn.attend_grad_q %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta indices(%i : !lists)
      scores(%s, %t, %u, %h, %bias = %x : !head) {
    %z = arith.addf %s, %bias : f32
    attn.score %z
  } : !q, !kv, !v, !cu, !o, !s, !s -> !q, !s
  return %dq, %dx : !q, !s
}

func.func @capped_keys(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %x: !head) -> (!kv, !v) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<20> in %k, %v, %cu of %do, %lse, %delta
      scores(%s, %t, %u, %h, %bias = %x : !head) {
    %y = math.tanh %s fastmath<afn> : f32
    %z = arith.addf %y, %bias : f32
    attn.score %z
  } : !q, !kv, !v, !cu, !o, !s, !s -> !kv, !v
  return %dk, %dv : !kv, !v
}

// Of gathered queries: where each stands is in its list.
func.func @sloped_keys(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %x: !head, %i: !lists) -> (!kv, !v) {
  %b, %e = attn.invert_lists %i over %cu block 64 : !lists, !cu -> tensor<?x2x2xi32>, !lists
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x2x2xi32>, !lists)
      scores(%s, %t, %u, %h, %slope = %x : !head) {
    %d = arith.subi %u, %t : i32
    %f = arith.sitofp %d : i32 to f32
    %small = arith.constant 0.03125 : f32
    %g = arith.mulf %f, %small : f32
    %b = arith.mulf %g, %slope : f32
    %z = arith.addf %s, %b : f32
    attn.score %z
  } : !q, !kv, !v, !cu, !o, !s, !s -> !kv, !v
  return %dk, %dv : !kv, !v
}
