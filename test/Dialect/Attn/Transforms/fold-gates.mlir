// RUN: fovea-opt %s --pass-pipeline='builtin.module(func.func(attn-fold-gates))' | FileCheck %s

!q = tensor<?x4x16xbf16>
!k = tensor<?x2x16xbf16>
!s = tensor<?x4xf32>
!n = tensor<4xf32>
!g = tensor<?x4x2xbf16>
!cu = tensor<?xi32>

// Both attentions' gradients take dout, and what one kernel gives; sinks' too.
// CHECK-LABEL: func.func @both
// CHECK-SAME:    %[[DO:arg[0-9]+]]: tensor<?x4x16xbf16> {attn.name = "grad_o"}
// CHECK-NOT:     attn.combine %
// CHECK-NOT:     attn.attend_delta
// CHECK:         %[[DG:.+]], %[[GATED:.+]]:2, %[[DELTAS:.+]]:2 = attn.combine_grad_gates %[[DO]], %[[G:.+]] of %[[A:.+]], %[[B:.+]] lse %[[L:.+]], %[[M:.+]] over %{{.+}} columns [1, 0] logits
// CHECK-NEXT:    %[[X:.+]] = attn.attend_grad_q {{.+}} of %[[DO]], %[[GATED]]#1, %[[DELTAS]]#1 :
// CHECK:         attn.attend_grad_kv {{.+}} of %[[DO]], %[[GATED]]#1, %[[DELTAS]]#1 :
// CHECK:         attn.attend_grad_sinks %{{.+}}, %[[GATED]]#1, %[[DELTAS]]#1 over
// CHECK:         %[[Y:.+]] = attn.attend_grad_q {{.+}} of %[[DO]], %[[GATED]]#0, %[[DELTAS]]#0 :
// CHECK:         return %[[X]], %[[Y]], {{.+}}, %[[DG]]
func.func @both(%q: !q, %k: !k, %cu: !cu, %do: !q {attn.name = "grad_o"}, %g: !g, %a: !q, %l: !s, %b: !q, %m: !s, %sinks: !n) -> (!q, !q, !k, !n, !g) {
  %db = attn.combine %do gates %g columns [0] logits : (!q, !g) -> !q
  %e = attn.attend_delta %db, %b : !q, !q -> !s
  %x = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %db, %m, %e : !q, !k, !k, !cu, !q, !s, !s -> !q
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<5> in %k, %k, %cu of %db, %m, %e : !q, !k, !k, !cu, !q, !s, !s -> !k, !k
  %ds = attn.attend_grad_sinks %sinks, %m, %e over %cu : !n, !s, !s, !cu -> !n
  %da = attn.combine %do gates %g columns [1] logits : (!q, !g) -> !q
  %d = attn.attend_delta %da, %a : !q, !q -> !s
  %y = attn.attend_grad_q %q sees #attn.causal in %k, %k, %cu of %da, %l, %d : !q, !k, !k, !cu, !q, !s, !s -> !q
  %dg = attn.combine_grad_gates %do, %g of %a, %b over %cu columns [1, 0] logits : (!q, !g, !q, !q, !cu) -> !g
  return %x, %y, %dk, %ds, %dg : !q, !q, !k, !n, !g
}

// A gate that is the value may be negative.
// CHECK-LABEL: func.func @values
// CHECK:         attn.attend_delta
// CHECK:         attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}} columns [1] values
func.func @values(%q: !q, %k: !k, %cu: !cu, %do: !q, %g: !g, %a: !q, %l: !s) -> (!q, !g) {
  %da = attn.combine %do gates %g columns [1] values : (!q, !g) -> !q
  %d = attn.attend_delta %da, %a : !q, !q -> !s
  %y = attn.attend_grad_q %q sees #attn.causal in %k, %k, %cu of %da, %l, %d : !q, !k, !k, !cu, !q, !s, !s -> !q
  %dg = attn.combine_grad_gates %do, %g of %a columns [1] values : (!q, !g, !q) -> !g
  return %y, %dg : !q, !g
}

// What reaches lse is not scaled by the gate.
// CHECK-LABEL: func.func @lse_has_a_gradient
// CHECK:         attn.attend_delta %{{.+}}, %{{.+}} minus
// CHECK:         attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}} columns [1] logits
func.func @lse_has_a_gradient(%q: !q, %k: !k, %cu: !cu, %do: !q, %g: !g, %a: !q, %l: !s, %dl: !s) -> (!q, !g) {
  %da = attn.combine %do gates %g columns [1] logits : (!q, !g) -> !q
  %d = attn.attend_delta %da, %a minus %dl : !q, !q, !s -> !s
  %y = attn.attend_grad_q %q sees #attn.causal in %k, %k, %cu of %da, %l, %d : !q, !k, !k, !cu, !q, !s, !s -> !q
  %dg = attn.combine_grad_gates %do, %g of %a columns [1] logits : (!q, !g, !q) -> !g
  return %y, %dg : !q, !g
}

// A branch's dout that something else reads is needed as it is.
// CHECK-LABEL: func.func @read
// CHECK:         attn.attend_delta
// CHECK:         attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}} columns [1] logits
func.func @read(%q: !q, %k: !k, %cu: !cu, %do: !q, %g: !g, %a: !q, %l: !s) -> (!q, !q, !g) {
  %da = attn.combine %do gates %g columns [1] logits : (!q, !g) -> !q
  %d = attn.attend_delta %da, %a : !q, !q -> !s
  %y = attn.attend_grad_q %q sees #attn.causal in %k, %k, %cu of %da, %l, %d : !q, !k, !k, !cu, !q, !s, !s -> !q
  %dg = attn.combine_grad_gates %do, %g of %a columns [1] logits : (!q, !g, !q) -> !g
  return %y, %da, %dg : !q, !q, !g
}

// A branch that is no attention's out has no lse.
// CHECK-LABEL: func.func @no_attention
// CHECK:         attn.attend_delta
// CHECK:         attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}}, %{{.+}} logits
func.func @no_attention(%q: !q, %k: !k, %cu: !cu, %do: !q, %g: !g, %a: !q, %l: !s) -> (!q, !q, !g) {
  %da = attn.combine %do gates %g columns [0] logits : (!q, !g) -> !q
  %dq = attn.combine %do gates %g columns [1] logits : (!q, !g) -> !q
  %d = attn.attend_delta %da, %a : !q, !q -> !s
  %y = attn.attend_grad_q %q sees #attn.causal in %k, %k, %cu of %da, %l, %d : !q, !k, !k, !cu, !q, !s, !s -> !q
  %dg = attn.combine_grad_gates %do, %g of %a, %q logits : (!q, !g, !q, !q) -> !g
  return %y, %dq, %dg : !q, !q, !g
}

// A branch that is computed behind the first delta is not there yet.
// CHECK-LABEL: func.func @later
// CHECK:         attn.attend_delta
// CHECK:         attn.combine_grad_gates %{{.+}}, %{{.+}} of %{{.+}}, %{{.+}} logits
func.func @later(%q: !q, %k: !k, %cu: !cu, %do: !q, %g: !g, %a: !q, %l: !s) -> (!q, !q, !g) {
  %da = attn.combine %do gates %g columns [0] logits : (!q, !g) -> !q
  %d = attn.attend_delta %da, %a : !q, !q -> !s
  %y = attn.attend_grad_q %q sees #attn.causal in %k, %k, %cu of %da, %l, %d : !q, !k, !k, !cu, !q, !s, !s -> !q
  %b, %m = attn.attend %q sees #attn.window<5> in %k, %k, %cu : !q, !k, !k, !cu -> !q, !s
  %db = attn.combine %do gates %g columns [1] logits : (!q, !g) -> !q
  %e = attn.attend_delta %db, %b : !q, !q -> !s
  %x = attn.attend_grad_q %q sees #attn.window<5> in %k, %k, %cu of %db, %m, %e : !q, !k, !k, !cu, !q, !s, !s -> !q
  %dg = attn.combine_grad_gates %do, %g of %a, %b logits : (!q, !g, !q, !q) -> !g
  return %x, %y, %dg : !q, !q, !g
}
