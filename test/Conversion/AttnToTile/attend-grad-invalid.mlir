// What no kernel has, or none for a GPU.
// RUN: split-file %s %t
// RUN: fovea-opt %t/listed.mlir --attn-choose-schedules --verify-diagnostics
// RUN: fovea-opt %t/heads.mlir --attn-choose-schedules --verify-diagnostics
// RUN: fovea-opt %t/gpu.mlir --attn-list-schedules=target=sm_90a --verify-diagnostics
// RUN: fovea-opt %t/schedule.mlir --attn-choose-schedules --verify-diagnostics

//--- heads.mlir
!x = tensor<?x6x16xf32>
!k = tensor<?x1x16xf32>
!s = tensor<?x6xf32>
func.func @f(%q: !x, %k: !k, %cu: tensor<?xi32>, %do: !x, %lse: !s, %delta: !s) -> (!k, !k) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected the schedule's group_rows to be at least the heads of a group, or to divide them, got 4 and 6}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %k, %cu of %do, %lse, %delta
      {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 4>}
      : !x, !k, !k, tensor<?xi32>, !x, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}

//--- gpu.mlir
!s = tensor<?x12xf32>
func.func @f(%x: !s, %cu: tensor<?xi32>) -> tensor<12xf32> {
  // expected-error @+1 {{'attn.sum_tokens' op expected 8 to divide the heads on a GPU, got 12}}
  %d = attn.sum_tokens %x over %cu : !s, tensor<?xi32> -> tensor<12xf32>
  return %d : tensor<12xf32>
}

//--- schedule.mlir
!x = tensor<?x4x16xf32>
!s = tensor<?x4xf32>
func.func @f(%q: !x, %i: tensor<?x4x2xi32>, %cu: tensor<?xi32>, %do: !x, %lse: !s, %delta: !s) -> !x {
  // expected-error @+1 {{'attn.attend_grad_q' op expected the schedule's keys to divide the selection block, got 32 and 48}}
  %dq = attn.attend_grad_q %q sees #attn.selected<block = 48> in %q, %q, %cu of %do, %lse, %delta
      indices(%i : tensor<?x4x2xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 32>}
      : !x, !x, !x, tensor<?xi32>, !x, !s, !s -> !x
  return %dq : !x
}

//--- listed.mlir
!x = tensor<?x4x16xf32>
!s = tensor<?x4xf32>
func.func @f(%q: !x, %b: tensor<?x4x2xi32>, %e: tensor<?x4x3xi32>, %cu: tensor<?xi32>, %do: !x, %lse: !s, %delta: !s) -> (!x, !x) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected the schedule's keys to divide the selection block, got 32 and 48}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 48> in %q, %q, %cu of %do, %lse, %delta
      listed(%b, %e : tensor<?x4x2xi32>, tensor<?x4x3xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 32>}
      : !x, !x, !x, tensor<?xi32>, !x, !s, !s -> !x, !x
  return %dk, %dv : !x, !x
}
