// REQUIRES: fovea-opt, fovea-interpret
// Gradients, placed and lowered, under the first schedule that each may have on a target: with wgmma products are waited
// for as late as may be. Inputs are small, so that what dS loses when it is rounded for a product is small as well. A key's
// queries are a range, or are gathered: those that list its block.
// Parts of a key's sums are added up, and the threads' indices have 32 bits.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles -o %t.placed && fovea-opt %t.placed --convert-tile-to-simt=target=%{target} --simt-narrow-indices -o %t.threads
// DEFINE: %{place} = fovea-interpret %t.placed --against=%t.logical --seeds=2 --lengths=0,1,37,40 --scale=0.25 --tolerance=0.01
// DEFINE: %{run} = fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=2 --lengths=0,1,37 --scale=0.25 --tolerance=0.01
// RUN: %{lower}
// RUN: %{place} --entry=window --nan-sequence=3 | FileCheck %s
// RUN: %{place} --entry=compressed | FileCheck %s
// RUN: %{place} --entry=selected --list-block=32 | FileCheck %s
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=compressed | FileCheck %s
// RUN: %{run} --entry=selected --list-block=32 | FileCheck %s
// RUN: %{place} --entry=window_keys --nan-sequence=3 | FileCheck %s
// RUN: %{place} --entry=selected_keys --list-block=64 | FileCheck %s
// RUN: %{run} --entry=window_keys --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=selected_keys --list-block=64 | FileCheck %s
// RUN: %{place} --entry=narrow_keys --list-block=32 | FileCheck %s
// RUN: %{run} --entry=narrow_keys --list-block=32 | FileCheck %s
// RUN: %{run} --entry=padded_keys --list-block=64 --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=heads_in_parts --list-block=64 --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=only_keys --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=only_values --list-block=64 | FileCheck %s
// RUN: %{run} --entry=delta | FileCheck %s
// RUN: %{run} --entry=gates | FileCheck %s
// RUN: %{run} --entry=gated | FileCheck %s
// RUN: %{run} --entry=sum | FileCheck %s
// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=selected --list-block=32 | FileCheck %s
// RUN: %{run} --entry=window_keys --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=selected_keys --list-block=64 | FileCheck %s
// RUN: %{run} --entry=narrow_keys --list-block=32 | FileCheck %s
// RUN: %{run} --entry=delta | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

!q = tensor<?x8x32xbf16>
!kv = tensor<?x2x32xbf16>
!v = tensor<?x2x48xbf16>
!o = tensor<?x8x48xbf16>
!cu = tensor<?xi32>
!s = tensor<?x8xf32>
!lists = tensor<?x2x3xi32>

func.func @window(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s) -> !q {
  %dq = attn.attend_grad_q %q sees #attn.window<20> in %k, %v, %cu of %do, %lse, %delta : !q, !kv, !v, !cu, !o, !s, !s -> !q
  return %dq : !q
}

func.func @compressed(%q: !q, %k: !kv {attn.rows = "tokens / 4"}, %cu: !cu, %do: !q, %lse: !s, %delta: !s) -> !q {
  %dq = attn.attend_grad_q %q sees #attn.compressed<block = 8, stride = 4> in %k, %k, %cu of %do, %lse, %delta : !q, !kv, !kv, !cu, !q, !s, !s -> !q
  return %dq : !q
}

func.func @selected(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %i: !lists) -> !q {
  %dq = attn.attend_grad_q %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta indices(%i : !lists) : !q, !kv, !v, !cu, !o, !s, !s -> !q
  return %dq : !q
}

func.func @window_keys(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s) -> (!kv, !v) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<20> in %k, %v, %cu of %do, %lse, %delta : !q, !kv, !v, !cu, !o, !s, !s -> !kv, !v
  return %dk, %dv : !kv, !v
}

func.func @selected_keys(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %i: !lists) -> (!kv, !v) {
  %b, %e = attn.invert_lists %i over %cu block 64 : !lists, !cu -> tensor<?x2x2xi32>, !lists
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x2x2xi32>, !lists) : !q, !kv, !v, !cu, !o, !s, !s -> !kv, !v
  return %dk, %dv : !kv, !v
}

// A warpgroup has the 32 keys of a block, and padding.
func.func @narrow_keys(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %i: !lists) -> (!kv, !v) {
  %b, %e = attn.invert_lists %i over %cu block 32 : !lists, !cu -> tensor<?x2x2xi32>, !lists
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x2x2xi32>, !lists) : !q, !kv, !v, !cu, !o, !s, !s -> !kv, !v
  return %dk, %dv : !kv, !v
}

// The 3 heads of a listed token have 4 rows, the last of which is padding: 64 bytes of each are a chunk.
func.func @padded_keys(%q: tensor<?x6x32xbf16>, %k: !kv, %v: !kv, %cu: !cu, %do: tensor<?x6x32xbf16>, %lse: tensor<?x6xf32>, %delta: tensor<?x6xf32>, %i: !lists) -> (!kv, !kv) {
  %b, %e = attn.invert_lists %i over %cu block 64 : !lists, !cu -> tensor<?x2x2xi32>, !lists
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x2x2xi32>, !lists)
      : tensor<?x6x32xbf16>, !kv, !kv, !cu, tensor<?x6x32xbf16>, tensor<?x6xf32>, tensor<?x6xf32> -> !kv, !kv
  return %dk, %dv : !kv, !kv
}

// Two visits of the same tokens, of two heads of four each.
func.func @heads_in_parts(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %do: !q, %lse: !s, %delta: !s, %i: !lists) -> (!kv, !kv) {
  %b, %e = attn.invert_lists %i over %cu block 64 : !lists, !cu -> tensor<?x2x2xi32>, !lists
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x2x2xi32>, !lists)
      {tile.schedule = #tile.schedule<tokens = 8, keys = 64, group_rows = 2, parts = 2>} : !q, !kv, !kv, !cu, !q, !s, !s -> !kv, !kv
  return %dk, %dv : !kv, !kv
}

func.func @only_keys(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s) -> !kv {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<20> in %k, %v, %cu of %do, %lse, %delta : !q, !kv, !v, !cu, !o, !s, !s -> !kv, !v
  return %dk : !kv
}

func.func @only_values(%q: !q, %k: !kv, %v: !v, %cu: !cu, %do: !o, %lse: !s, %delta: !s, %i: !lists) -> !v {
  %b, %e = attn.invert_lists %i over %cu block 64 : !lists, !cu -> tensor<?x2x2xi32>, !lists
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x2x2xi32>, !lists) : !q, !kv, !v, !cu, !o, !s, !s -> !kv, !v
  return %dv : !v
}

func.func @delta(%do: !o, %o: !o) -> !s {
  %delta = attn.attend_delta %do, %o : !o, !o -> !s
  return %delta : !s
}

func.func @gates(%do: !o, %g: tensor<?x8x3xbf16>, %a: !o, %b: !o, %cu: !cu) -> tensor<?x8x3xbf16> {
  %d = attn.combine_grad_gates %do, %g of %a, %b over %cu columns [0, 2] logits : (!o, tensor<?x8x3xbf16>, !o, !o, !cu) -> tensor<?x8x3xbf16>
  return %d : tensor<?x8x3xbf16>
}

func.func @gated(%do: !o, %g: tensor<?x8x3xbf16>, %a: !o, %b: !o, %l: !s, %m: !s, %cu: !cu) -> (tensor<?x8x3xbf16>, !s, !s, !s, !s) {
  %d, %n:2, %e:2 = attn.combine_grad_gates %do, %g of %a, %b lse %l, %m over %cu columns [0, 2] logits : (!o, tensor<?x8x3xbf16>, !o, !o, !s, !s, !cu) -> (tensor<?x8x3xbf16>, !s, !s, !s, !s)
  return %d, %n#0, %n#1, %e#0, %e#1 : tensor<?x8x3xbf16>, !s, !s, !s, !s
}

func.func @sum(%a: tensor<?x2x32xf32>, %b: tensor<?x2x32xf32>) -> !kv {
  %s = attn.sum %a, %b of "tokens" : (tensor<?x2x32xf32>, tensor<?x2x32xf32>) -> !kv
  return %s : !kv
}
