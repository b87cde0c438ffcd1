// RUN: split-file %s %t
// RUN: fovea-opt %t/specs.mlir --attn-expand-spec | FileCheck %s --check-prefix=EXPANDED
// RUN: fovea-opt %t/specs.mlir --attn-expand-spec --attn-differentiate="marked save=all" | FileCheck %s
// RUN: fovea-opt %t/specs.mlir --attn-expand-spec --attn-differentiate="marked save=none" | FileCheck %s --check-prefix=NONE
// RUN: fovea-opt %t/specs.mlir --attn-expand-spec=aux-outputs --attn-differentiate="marked save=all" | FileCheck %s --check-prefix=AUX
// RUN: fovea-opt %t/functions.mlir --attn-differentiate=marked | FileCheck %s --check-prefix=FUNCTIONS

// What asks for a gradient is marked, and its operations have their branch's name.
// EXPANDED: func.func @trained_forward({{.+}} attributes {attn.backward = ["o"]} {
// EXPANDED: attn.compress {{.+}} {attn.name = "far_k"}
// EXPANDED: attn.compress {{.+}} {attn.name = "far_v"}
// EXPANDED: attn.attend {{.+}} {attn.name = "far"}
// EXPANDED: attn.select_topk {{.+}} {attn.name = "best"}
// EXPANDED: attn.attend {{.+}} {attn.name = "best"}
// EXPANDED-NOT: attn.backward
// EXPANDED: func.func @plain_forward(
// EXPANDED-NEXT: attn.attend %{{.+}} in %{{.+}}, %{{.+}}, %{{[a-z0-9]+}} :

// Both functions agree on names and order of what is saved; no mark is left.
// CHECK-NOT: attn.backward
// CHECK: func.func @trained_forward({{.+}}) -> (tensor<?x4x16xbf16> {attn.name = "o"},
// CHECK-SAME: {attn.name = "far_k_output"}, {{.+}} {attn.name = "far_v_output"}, {{.+}} {attn.name = "far_out"}, {{.+}} {attn.name = "far_lse"},
// CHECK-SAME: {attn.name = "best_indices"}, {{.+}} {attn.name = "best_out"}, {{.+}} {attn.name = "best_lse"}) {
// CHECK-NOT: attn.name
// CHECK: func.func @trained_backward(
// CHECK-SAME: {attn.name = "cu_seqlens", {{.+}} {attn.name = "far_k_output", {{.+}} {attn.name = "far_v_output", {{.+}} {attn.name = "far_out", {{.+}} {attn.name = "far_lse",
// CHECK-SAME: {attn.name = "best_indices", {{.+}} {attn.name = "best_out", {{.+}} {attn.name = "best_lse", {{.+}} {attn.name = "grad_o",
// CHECK-SAME: -> ({{.+}} {attn.name = "grad_q", {{.+}} {attn.name = "grad_k", {{.+}} {attn.name = "grad_v", {{.+}} {attn.name = "grad_gates",
// CHECK-NOT: attn.name
// CHECK-NOT: attn.attend %
// CHECK: func.func @plain_forward(
// CHECK-NOT: _backward

// NONE: func.func @trained_forward({{.+}}) -> (tensor<?x4x16xbf16> {attn.name = "o"}) {
// NONE: func.func @trained_backward({{.+}} {attn.name = "cu_seqlens", attn.rows = "sequence_ends"}, %{{.+}} {attn.name = "grad_o",
// NONE: attn.select_topk

// Results for who compares have no gradient, and what is among them is saved as it is.
// AUX: func.func @trained_forward({{.+}}) -> (tensor<?x4x16xbf16> {attn.name = "o"}, tensor<?x4xf32> {attn.name = "far_lse"}, tensor<?x4xf32> {attn.name = "best_lse"}, tensor<?x2x2xi32> {attn.name = "best_indices"}, {{.+}}"far_k_output"}, {{.+}}"far_v_output"}, {{.+}}"far_out"}, {{.+}}"best_out"}) {
// AUX: func.func @trained_backward(
// AUX-SAME: {attn.name = "far_lse", {{.+}} {attn.name = "best_lse",
// AUX-NOT: grad_far
// AUX: return

//--- specs.mlir
attn.spec @trained heads 4 over 2 dims 16 x 16 of bf16 gates logits entries backward {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.branch @best sees #attn.selected<block = 8> top 2 initial 0 local 1 ranked by @far
}

attn.spec @plain heads 4 over 2 dims 16 x 16 of bf16 {
  attn.branch @near sees #attn.window<8>
}

// Of functions, too: those that are not marked get none.
// FUNCTIONS: func.func @all({{.+}}) -> (tensor<?x2x8xf32> {attn.name = "o"}, tensor<?x2xf32> {attn.name = "lse"}) {
// FUNCTIONS: func.func @all_backward({{.+}} {attn.name = "grad_o", {{.+}} {attn.name = "grad_lse",
// FUNCTIONS: func.func @one(
// FUNCTIONS: func.func @one_backward({{.+}} {attn.name = "grad_o", attn.rows = "tokens"}) ->
// FUNCTIONS: func.func @unmarked(
// FUNCTIONS-NOT: func.func

//--- functions.mlir
!x = tensor<?x2x8xf32>
!s = tensor<?x2xf32>
!cu = tensor<?xi32>
func.func @all(%q: !x, %k: !x, %cu: !cu) -> (!x {attn.name = "o"}, !s {attn.name = "lse"}) attributes {attn.backward = []} {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu : !x, !x, !x, !cu -> !x, !s
  return %o, %lse : !x, !s
}

func.func @one(%q: !x, %k: !x, %cu: !cu) -> (!x {attn.name = "o"}, !s {attn.name = "lse"}) attributes {attn.backward = ["o"]} {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu : !x, !x, !x, !cu -> !x, !s
  return %o, %lse : !x, !s
}

func.func @unmarked(%q: !x, %k: !x, %cu: !cu) -> !x {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu : !x, !x, !x, !cu -> !x, !s
  return %o : !x
}
