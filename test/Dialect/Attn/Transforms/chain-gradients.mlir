// RUN: fovea-opt %s --pass-pipeline='builtin.module(func.func(attn-chain-gradients))' | FileCheck %s

!q = tensor<?x4x16xbf16>
!k = tensor<?x2x16xbf16>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>
!f = tensor<?x4x16xf32>

// In their order, whatever the order of the parts; the last one is the result.
// CHECK-LABEL: func.func @all
// CHECK:         %[[A:.+]] = attn.attend_grad_q %{{.+}} sees #attn.window<5> {{.+}} -> tensor<?x4x16xbf16>
// CHECK:         %[[B:.+]] = attn.attend_grad_q %{{.+}} sees #attn.window<6> {{.+}} onto %[[A]] : tensor<?x4x16xbf16> {{.+}} -> tensor<?x4x16xbf16>
// CHECK:         %[[C:.+]] = attn.attend_grad_q %{{.+}} sees #attn.window<7> {{.+}} onto %[[B]] : tensor<?x4x16xbf16> {{.+}} -> tensor<?x4x16xbf16>
// CHECK-NOT:     attn.sum
// CHECK:         return %[[C]]
func.func @all(%q: !q, %k: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s) -> !q {
  %a = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %b = attn.attend_grad_q %q sees #attn.window<6> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %c = attn.attend_grad_q %q sees #attn.window<7> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %sum = attn.sum %c, %a, %b of "tokens" : (!f, !f, !f) -> !q
  return %sum : !q
}

// Beside another part the chain stays wide.
// CHECK-LABEL: func.func @some
// CHECK:         %[[A:.+]] = attn.attend_grad_q {{.+}} -> tensor<?x4x16xf32>
// CHECK:         %[[B:.+]] = attn.attend_grad_q {{.+}} onto %[[A]] : tensor<?x4x16xf32> {{.+}} -> tensor<?x4x16xf32>
// CHECK:         attn.sum %arg6, %[[B]] of "tokens"
func.func @some(%q: !q, %k: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s, %other: !f) -> !q {
  %a = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %b = attn.attend_grad_q %q sees #attn.window<6> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %sum = attn.sum %a, %other, %b of "tokens" : (!f, !f, !f) -> !q
  return %sum : !q
}

// The chain stands behind the gradients of keys, but not where its dout is computed: that would live as long.
// CHECK-LABEL: func.func @late
// CHECK:         attn.attend_grad_kv %{{.+}} sees #attn.window<5>
// CHECK-NEXT:    attn.attend_grad_kv %{{.+}} sees #attn.window<6>
// CHECK-NEXT:    %[[A:.+]] = attn.attend_grad_q %{{.+}} sees #attn.window<5>
// CHECK-NEXT:    %[[B:.+]] = attn.attend_grad_q %{{.+}} sees #attn.window<6> {{.+}} onto %[[A]]
// CHECK-NEXT:    return %[[B]]
func.func @late(%q: !q, %k: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s) -> (!q, !k, !k, !k, !k) {
  %a = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %b:2 = attn.attend_grad_kv %q sees #attn.window<5> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  %c = attn.attend_grad_q %q sees #attn.window<6> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %d:2 = attn.attend_grad_kv %q sees #attn.window<6> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  %sum = attn.sum %a, %c of "tokens" : (!f, !f) -> !q
  return %sum, %b#0, %b#1, %d#0, %d#1 : !q, !k, !k, !k, !k
}

// CHECK-LABEL: func.func @of_computed
// CHECK:         attn.attend_grad_q %{{.+}} sees #attn.window<5>
// CHECK-NEXT:    attn.attend_grad_kv %{{.+}} sees #attn.window<5>
// CHECK-NEXT:    attn.attend_grad_q %{{.+}} sees #attn.window<6>
func.func @of_computed(%q: !q, %k: !k, %cu: !cu, %do: !q, %gates: tensor<?x4x1xbf16>, %lse: !s, %delta: !s) -> (!q, !k, !k) {
  %da = attn.combine %do gates %gates values : (!q, tensor<?x4x1xbf16>) -> !q
  %a = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %da, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %b:2 = attn.attend_grad_kv %q sees #attn.window<5> in %k, %k, %cu of %da, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  %c = attn.attend_grad_q %q sees #attn.window<6> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %sum = attn.sum %a, %c of "tokens" : (!f, !f) -> !q
  return %sum, %b#0, %b#1 : !q, !k, !k
}

// What something else reads is by itself.
// CHECK-LABEL: func.func @read
// CHECK-NOT:     onto
// CHECK:         attn.sum
func.func @read(%q: !q, %k: !k, %cu: !cu, %do: !q, %lse: !s, %delta: !s) -> (!q, !f) {
  %a = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %b = attn.attend_grad_q %q sees #attn.window<6> in %k, %k, %cu of %do, %lse, %delta : !q, !k, !k, !cu, !q, !s, !s -> !f
  %sum = attn.sum %a, %b of "tokens" : (!f, !f) -> !q
  return %sum, %a : !q, !f
}
