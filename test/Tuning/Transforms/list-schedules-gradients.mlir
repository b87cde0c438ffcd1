// What gradients of attention may have on a GPU: with wgmma, products that are waited for as late as may be, and none
// of teams, whose one ring of keys and values has no late waits.
// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a | FileCheck %s
// RUN: fovea-opt %s --attn-list-schedules=target=sm_80 | FileCheck %s --check-prefix=MMA

!q = tensor<?x64x128xbf16>
!k = tensor<?x4x128xbf16>
!s = tensor<?x64xf32>
!cu = tensor<?xi32>

// CHECK-LABEL: func.func @range
// CHECK: schedules = [<tokens = 12, keys = 48, gpu = <stages = 4, overlap = true>>,
// CHECK-NOT: overlap = false
// MMA-LABEL: func.func @range
// MMA-NOT: overlap
func.func @range(%q: !q, %k: !k, %v: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s) -> !q {
  %dq = attn.attend_grad_q %q sees #attn.window<512> in %k, %v, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !q
  return %dq : !q
}

// CHECK-LABEL: func.func @lists
// CHECK: schedules = [<tokens = 4, keys = 64, gpu = <stages = 2, residency = 2, programs = head_by_head, overlap = true>>,
// CHECK-NOT: teams = 3
// MMA-LABEL: func.func @lists
// MMA-NOT: overlap
func.func @lists(%q: !q, %k: !k, %v: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s, %i: tensor<?x4x16xi32>) -> !q {
  %dq = attn.attend_grad_q %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta indices(%i : tensor<?x4x16xi32>) : !q, !k, !k, !cu, !q, !s, !s -> !q
  return %dq : !q
}

// Two warpgroups share what they visit; of listed blocks, which have fewer keys, two programs run side by side. What is
// rounded comes from sums of parts; keys of 16 tokens have twice as many parts, and listed blocks 64, most of which are
// empty.
// CHECK-LABEL: func.func @keys
// CHECK: schedules = [<tokens = 4, keys = 128, parts = 2, gpu = <stages = 4, programs = first_tile_first, overlap = true>>,
// CHECK: schedules = [<tokens = 4, keys = 128, gpu = <stages = 4, programs = first_tile_first, overlap = true>>,
// CHECK: schedules = [<tokens = 4, keys = 128, parts = 32, gpu = <stages = 4, overlap = true>>,
// CHECK: schedules = [<tokens = 3, keys = 64, parts = 64, gpu = <stages = 3, programs = head_by_head, overlap = true, teams = 2>>,
func.func @keys(%q: !q, %k: !k, %v: !k, %kc: tensor<?x4x128xbf16> {attn.rows = "tokens / 16"}, %cu: !cu, %do: !q, %lse: !s, %delta: !s, %b: tensor<?x4x2xi32>, %e: tensor<?x4x16xi32>)
    -> (!k, !k, tensor<?x4x128xf32>, tensor<?x4x128xf32>, !k, !k, !k, !k) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  %fk, %fv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> tensor<?x4x128xf32>, tensor<?x4x128xf32>
  %ck, %cv = attn.attend_grad_kv %q sees #attn.compressed<block = 32, stride = 16> in %kc, %kc, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  %ek, %ev = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x4x2xi32>, tensor<?x4x16xi32>) : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  return %dk, %dv, %fk, %fv, %ck, %cv, %ek, %ev : !k, !k, tensor<?x4x128xf32>, tensor<?x4x128xf32>, !k, !k, !k, !k
}

// A block of fewer keys than a warpgroup has rows; two rows for a listed token of one head, of whose 192 bytes 64 are a
// chunk.
// CHECK-LABEL: func.func @small
// CHECK: schedules = [<tokens = 3, keys = 32, parts = 64, gpu = <
// CHECK: schedules = [<tokens = {{[0-9]+}}, keys = 64, group_rows = 2, parts = {{[0-9]+}}, gpu = <
func.func @small(%q: !q, %k: !k, %v: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s, %b: tensor<?x4x2xi32>, %e: tensor<?x4x16xi32>, %x: tensor<?x4x96xbf16>, %m: tensor<?x4xf32>)
    -> (!k, !k, tensor<?x4x96xbf16>, tensor<?x4x96xbf16>) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : tensor<?x4x2xi32>, tensor<?x4x16xi32>) : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  %ek, %ev = attn.attend_grad_kv %x sees #attn.selected<block = 64> in %x, %x, %cu of %x, %m, %m listed(%b, %e : tensor<?x4x2xi32>, tensor<?x4x16xi32>)
      : tensor<?x4x96xbf16>, tensor<?x4x96xbf16>, tensor<?x4x96xbf16>, !cu, tensor<?x4x96xbf16>, tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4x96xbf16>, tensor<?x4x96xbf16>
  return %dk, %dv, %ek, %ev : !k, !k, tensor<?x4x96xbf16>, tensor<?x4x96xbf16>
}

// Registers do not hold both dk and dv: each has a kernel.
// CHECK-LABEL: func.func @wide
// CHECK: %[[DK:.+]]:2 = attn.attend_grad_kv {{.+}}key = "wide.0.0"
// CHECK: %[[DV:.+]]:2 = attn.attend_grad_kv {{.+}}key = "wide.0.1"
// CHECK: return %[[DK]]#0, %[[DV]]#1
func.func @wide(%q: tensor<?x8x256xbf16>, %k: tensor<?x1x256xbf16>, %cu: !cu, %lse: tensor<?x8xf32>) -> (tensor<?x1x256xbf16>, tensor<?x1x256xbf16>) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %k, %cu of %q, %lse, %lse
      : tensor<?x8x256xbf16>, tensor<?x1x256xbf16>, tensor<?x1x256xbf16>, !cu, tensor<?x8x256xbf16>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x1x256xbf16>, tensor<?x1x256xbf16>
  return %dk, %dv : tensor<?x1x256xbf16>, tensor<?x1x256xbf16>
}

// CHECK-LABEL: func.func @delta
// What ptxas spills where it chooses how many blocks are resident it may not where it is told.
// CHECK: schedules = [<tokens = 1, keys = 16, gpu = <stages = 2>>, <tokens = 1, keys = 16, gpu = <stages = 2, residency = 8>>, <tokens = 1, keys = 16, gpu = <stages = 2, residency = 4>>]
func.func @delta(%do: !q, %o: !q) -> !s {
  %delta = attn.attend_delta %do, %o : !q, !q -> !s
  return %delta : !s
}
