// Gradients of keys that no kernel of a GPU computes.
// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a --split-input-file --verify-diagnostics

!q = tensor<?x16x272xbf16>
!k = tensor<?x1x272xbf16>
!s = tensor<?x16xf32>
func.func @wide(%q: !q, %k: !k, %v: !k, %cu: tensor<?xi32>, %do: !q, %lse: !s, %delta: !s) -> (!k, !k) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected head dims of at most 256 on a GPU, got 272}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta : !q, !k, !k, tensor<?xi32>, !q, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}

// -----

!q = tensor<?x159x96xbf16>
!k = tensor<?x1x96xbf16>
!s = tensor<?x159xf32>
!lists = tensor<?x1x4xi32>
!bounds = tensor<?x1x2xi32>
func.func @heads(%q: !q, %k: !k, %cu: tensor<?xi32>, %lse: !s, %b: !bounds, %e: !lists) -> (!k, !k) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected at most 128 query heads per KV head on a GPU, or heads that 2 divides, got 159}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %k, %cu of %q, %lse, %lse listed(%b, %e : !bounds, !lists) : !q, !k, !k, tensor<?xi32>, !q, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}

// -----

!p = tensor<?x4xf32>
func.func @sum(%a: !p, %b: !p) -> !p {
  // expected-error @+1 {{'attn.sum' op expected rows [tokens, heads, D], of which alone there is a kernel, got 'tensor<?x4xf32>'}}
  %s = attn.sum %a, %b of "tokens" : (!p, !p) -> !p
  return %s : !p
}
