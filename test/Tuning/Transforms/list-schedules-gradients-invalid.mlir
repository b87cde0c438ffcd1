// Gradients of keys that no kernel of a GPU computes.
// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a --split-input-file --verify-diagnostics

!q = tensor<?x16x192xbf16>
!k = tensor<?x1x192xbf16>
!s = tensor<?x16xf32>
func.func @wide(%q: !q, %k: !k, %v: !k, %cu: tensor<?xi32>, %do: !q, %lse: !s, %delta: !s) -> (!k, !k) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected Dk + Dv of at most 320 on a GPU, whose registers hold the gradients of 64 keys and values, got 384}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta : !q, !k, !k, tensor<?xi32>, !q, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}

// -----

!q = tensor<?x160x64xbf16>
!k = tensor<?x1x64xbf16>
!s = tensor<?x160xf32>
func.func @heads(%q: !q, %k: !k, %v: !k, %cu: tensor<?xi32>, %do: !q, %lse: !s, %delta: !s) -> (!k, !k) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected at most 128 rows of the fewest tokens whose heads 16 divides on a GPU, got 160 query heads per KV head}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %k, %v, %cu of %do, %lse, %delta : !q, !k, !k, tensor<?xi32>, !q, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}

// -----

!q = tensor<?x16x64xbf16>
!k = tensor<?x1x64xbf16>
!s = tensor<?x16xf32>
!lists = tensor<?x1x4xi32>
!bounds = tensor<?x1x2xi32>
func.func @narrow_blocks(%q: !q, %k: !k, %v: !k, %cu: tensor<?xi32>, %do: !q, %lse: !s, %delta: !s, %b: !bounds, %e: !lists) -> (!k, !k) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected 64 to divide the selection block on a GPU, whose tiles of keys lie within one, got block = 32}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 32> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : !bounds, !lists) : !q, !k, !k, tensor<?xi32>, !q, !s, !s -> !k, !k
  return %dk, %dv : !k, !k
}

// -----

!q = tensor<?x1x96xbf16>
!s = tensor<?x1xf32>
!lists = tensor<?x1x4xi32>
!bounds = tensor<?x1x2xi32>
func.func @narrow_rows(%q: !q, %k: !q, %v: !q, %cu: tensor<?xi32>, %do: !q, %lse: !s, %delta: !s, %b: !bounds, %e: !lists) -> (!q, !q) {
  // expected-error @+1 {{'attn.attend_grad_kv' op expected 128 to divide the bytes that the heads of a listed token take of a chunk of columns in shared memory on a GPU, got 64 of 1 heads of 96}}
  %dk, %dv = attn.attend_grad_kv %q sees #attn.selected<block = 64> in %k, %v, %cu of %do, %lse, %delta listed(%b, %e : !bounds, !lists) : !q, !q, !q, tensor<?xi32>, !q, !s, !s -> !q, !q
  return %dk, %dv : !q, !q
}

// -----

!p = tensor<?x4xf32>
func.func @sum(%a: !p, %b: !p) -> !p {
  // expected-error @+1 {{'attn.sum' op expected rows [tokens, heads, D], of which alone there is a kernel, got 'tensor<?x4xf32>'}}
  %s = attn.sum %a, %b of "tokens" : (!p, !p) -> !p
  return %s : !p
}
