// RUN: split-file %s %t
// RUN: fovea-opt %t/attend.mlir --attn-differentiate | FileCheck %s
// RUN: fovea-opt %t/attend.mlir --attn-differentiate="save=out,lse" | FileCheck %s --check-prefix=SAVED
// RUN: fovea-opt %t/attend.mlir --attn-differentiate="arguments=k results=0" | FileCheck %s --check-prefix=KEYS
// RUN: fovea-opt %t/nsa.mlir --attn-expand-spec --attn-differentiate | FileCheck %s --check-prefix=NSA
// RUN: fovea-opt %t/nsa.mlir --attn-expand-spec --attn-differentiate --attn-infer-rows | FileCheck %s --check-prefix=NSA
// RUN: fovea-opt %t/nsa.mlir --attn-expand-spec="aux-outputs" --attn-differentiate="results=o save=indices" | FileCheck %s --check-prefix=INDICES
// RUN: fovea-opt %t/learned.mlir --attn-differentiate | FileCheck %s --check-prefix=LEARNED
// RUN: fovea-opt %t/none.mlir --attn-differentiate | FileCheck %s --check-prefix=NONE
// RUN: fovea-opt %t/twice.mlir --attn-differentiate | FileCheck %s --check-prefix=TWICE
// RUN: fovea-opt %t/report.mlir --attn-differentiate="save=lse,indices,output report-memory" --verify-diagnostics

// What gradients read is computed once more; the forward function stays as it is.
// CHECK: func.func @f(
// CHECK-NEXT: %[[OUT:.+]], %{{.+}} = attn.attend
// CHECK-NEXT: return %[[OUT]] : tensor<?x4x16xbf16>
// CHECK: func.func @f_backward(
// CHECK-SAME: %[[Q:.+]]: tensor<?x4x24xbf16> {attn.name = "q", attn.rows = "tokens"}
// CHECK-SAME: %[[K:.+]]: tensor<?x2x24xbf16> {attn.name = "k", attn.rows = "tokens / 4"}
// CHECK-SAME: %[[V:.+]]: tensor<?x2x16xbf16> {attn.name = "v", attn.rows = "tokens / 4"}
// CHECK-SAME: %[[ENDS:.+]]: tensor<?xi32> {attn.name = "cu_seqlens", attn.rows = "sequence_ends"}
// CHECK-SAME: %[[DO:.+]]: tensor<?x4x16xbf16> {attn.name = "grad_o", attn.rows = "tokens"}
// CHECK-SAME: -> (tensor<?x4x24xbf16> {attn.name = "grad_q", attn.rows = "tokens"},
// CHECK-SAME: tensor<?x2x24xbf16> {attn.name = "grad_k", attn.rows = "tokens / 4"},
// CHECK-SAME: tensor<?x2x16xbf16> {attn.name = "grad_v", attn.rows = "tokens / 4"})
// CHECK-NEXT: %[[AGAIN:.+]], %[[LSE:.+]] = attn.attend %[[Q]] sees #attn.compressed<block = 8, stride = 4> in %[[K]], %[[V]], %[[ENDS]] scale 2.5
// CHECK-NEXT: %[[DELTA:.+]] = attn.attend_delta %[[DO]], %[[AGAIN]] :
// CHECK-NEXT: %[[DKV:.+]]:2 = attn.attend_grad_kv %[[Q]] sees {{.+}} of %[[DO]], %[[LSE]], %[[DELTA]] scale 2.5
// CHECK-NEXT: %[[DQ:.+]] = attn.attend_grad_q %[[Q]] sees #attn.compressed<block = 8, stride = 4> in %[[K]], %[[V]], %[[ENDS]] of %[[DO]], %[[LSE]], %[[DELTA]] scale 2.5
// CHECK-NEXT: return %[[DQ]], %[[DKV]]#0, %[[DKV]]#1

// Of what is saved, the forward function returns what it did not.
// SAVED: func.func @f({{.+}} -> (tensor<?x4x16xbf16> {attn.name = "o"}, tensor<?x4xf32> {attn.name = "lse_0"}) {
// SAVED: return %{{.+}}, %{{.+}} : tensor<?x4x16xbf16>, tensor<?x4xf32>
// SAVED: func.func @f_backward({{.+}}, %[[O:.+]]: tensor<?x4x16xbf16> {attn.name = "o", attn.rows = "tokens"}, %[[LSE:.+]]: tensor<?x4xf32> {attn.name = "lse_0", attn.rows = "tokens"}, %[[DO:.+]]: tensor<?x4x16xbf16> {attn.name = "grad_o"
// SAVED-NEXT: attn.attend_delta %[[DO]], %[[O]] :
// SAVED-NEXT: attn.attend_grad_kv {{.+}} of %[[DO]], %[[LSE]], %{{.+}}
// SAVED-NEXT: attn.attend_grad_q {{.+}} of %[[DO]], %[[LSE]], %{{.+}}
// SAVED-NOT: attn.attend %

// KEYS: func.func @f_backward({{.+}} -> (tensor<?x2x24xbf16> {attn.name = "grad_k", {{.+}}}) {
// KEYS-NOT: attn.attend_grad_q
// KEYS: %[[DKV:.+]]:2 = attn.attend_grad_kv
// KEYS-NEXT: return %[[DKV]]#0

//--- attend.mlir
func.func @f(%q: tensor<?x4x24xbf16> {attn.name = "q"}, %k: tensor<?x2x24xbf16> {attn.name = "k"},
    %v: tensor<?x2x16xbf16> {attn.name = "v"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"})
    -> (tensor<?x4x16xbf16> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %k, %v, %cu scale 2.5
      : tensor<?x4x24xbf16>, tensor<?x2x24xbf16>, tensor<?x2x16xbf16>, tensor<?xi32>
        -> tensor<?x4x16xbf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xbf16>
}

// Selection is computed once more and has no gradient; what is used by three branches gets
// the sum of f32 contributions. A branch's dout is made right before it is read.
// NSA: func.func @nsa_backward(
// NSA-SAME: %[[GATES:[a-z0-9]+]]: tensor<?x4x3xbf16> {attn.name = "gates"
// NSA-SAME: %[[DO:[a-z0-9]+]]: tensor<?x4x16xbf16> {attn.name = "grad_o"
// NSA: %[[VC:.+]] = attn.compress
// NSA: %[[KC:.+]] = attn.compress
// NSA: %[[LISTS:.+]] = attn.select_topk
// NSA: %[[DGATES:.+]] = attn.combine_grad_gates %[[DO]], %[[GATES]] of {{.+}} over %{{.+}} logits
// NSA: %[[DW:.+]] = attn.combine %[[DO]] gates %[[GATES]] columns [2] logits
// NSA: attn.attend_grad_kv %{{.+}} sees #attn.window<12> {{.+}} -> tensor<?x2x16xf32>, tensor<?x2x16xf32>
// NSA: %[[QW:.+]] = attn.attend_grad_q %{{.+}} sees #attn.window<12> {{.+}} of %[[DW]], {{.+}} -> tensor<?x4x16xf32>
// NSA: %[[DS:.+]] = attn.combine %[[DO]] gates %[[GATES]] columns [1] logits
// NSA: %[[BOUNDS:.+]], %[[ENTRIES:.+]] = attn.invert_lists %[[LISTS]] over %{{.+}} block 16 : tensor<?x2x4xi32>, {{.+}} -> tensor<?x2x2xi32>, tensor<?x2x4xi32>
// NSA: attn.attend_grad_kv %{{.+}} sees #attn.selected<block = 16> {{.+}} listed(%[[BOUNDS]], %[[ENTRIES]] :
// NSA: %[[QS:.+]] = attn.attend_grad_q %{{.+}} sees #attn.selected<block = 16> {{.+}} of %[[DS]], {{.+}} indices(%[[LISTS]] :
// NSA: %[[DC:.+]] = attn.combine %[[DO]] gates %[[GATES]] columns [0] logits
// NSA: %[[KVC:.+]]:2 = attn.attend_grad_kv {{.+}} -> tensor<?x2x16xbf16>, tensor<?x2x16xbf16>
// NSA: %[[QC:.+]] = attn.attend_grad_q %{{.+}} sees #attn.compressed<block = 8, stride = 4> in %[[KC]], %[[VC]], {{.+}} of %[[DC]],
// NSA: attn.compress_grad_input %[[KVC]]#1 of %{{.+}} -> tensor<?x2x16xf32>
// NSA: attn.compress_grad_params %[[KVC]]#1
// NSA: attn.compress_grad_input %[[KVC]]#0
// NSA: %[[DQ:.+]] = attn.sum %[[QW]], %[[QS]], %[[QC]] of "tokens" : {{.+}} -> tensor<?x4x16xbf16>
// NSA: return %[[DQ]], {{.+}}, %[[DGATES]] :

// A result that is asked for alone leaves the others constants, which may be saved.
// INDICES: func.func @nsa_forward({{.+}}"selected_indices"}
// INDICES: func.func @nsa_backward(
// INDICES-SAME: tensor<?x2x4xi32> {attn.name = "selected_indices", attn.rows = "tokens"}, %{{[a-z0-9]+}}: tensor<?x4x16xbf16> {attn.name = "grad_o", attn.rows = "tokens"}) ->
// INDICES-NOT: attn.select_topk

//--- nsa.mlir
attn.spec @nsa heads 4 over 2 dims 16 x 16 of bf16 gates logits {
  attn.branch @compressed
      sees #attn.compressed<block = 8, stride = 4> by #attn.phi<weighted>
  attn.branch @selected
      sees #attn.selected<block = 16> top 4 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<12>
}

//--- report.mlir
!x = tensor<?x4x16xbf16>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>
func.func @f(%q: !x, %k: !x, %cu: !cu) -> !x {
  // expected-remark @+1 {{'attn.compress' output is saved: 128 bytes for every 4 tokens}}
  %c = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !x, !cu -> !x
  // expected-remark @+2 {{'attn.attend' out is computed once more, to save 128 bytes for each token}}
  // expected-remark @+1 {{'attn.attend' lse is saved: 16 bytes for each token}}
  %a, %l = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %c, %c, %cu : !x, !x, !x, !cu -> !x, !s
  %w = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16>
      in %c, %l, %cu : !x, !x, !s, !cu -> tensor<?x4x?xf32>
  // expected-remark @+1 {{'attn.select_topk' indices is saved: 64 bytes for each token}}
  %i = attn.select_topk %w, %cu of #attn.selected<block = 16> top 4 initial 1 local 2 : tensor<?x4x?xf32>, !cu -> tensor<?x4x4xi32>
  // expected-remark @+2 {{'attn.attend' out is computed once more, to save 128 bytes for each token}}
  // expected-remark @+1 {{'attn.attend' lse is saved: 16 bytes for each token}}
  %o, %m = attn.attend %a sees #attn.selected<block = 16> in %k, %k, %cu indices(%i : tensor<?x4x4xi32>) : !x, !x, !x, !cu -> !x, !s
  return %o : !x
}

// LEARNED: func.func @f_backward(
// LEARNED: %[[DELTA:.+]] = attn.attend_delta %{{.+}}, %{{.+}} minus %{{.+}} :
// LEARNED: attn.attend_grad_kv {{.+}} scores(
// LEARNED: %[[GRADS:.+]]:2 = attn.attend_grad_q {{.+}} scores({{.+}}) {
// LEARNED: arith.addf
// LEARNED: %[[BIAS:.+]] = attn.sum_tokens %[[GRADS]]#1 over
// LEARNED: %[[SINKS:.+]] = attn.attend_grad_sinks %{{.+}}, %{{.+}}, %[[DELTA]] over
// LEARNED: return %{{.+}}, %{{.+}}, %[[SINKS]], %[[BIAS]] :

//--- learned.mlir
!x = tensor<?x2x8xf32>
func.func @f(%q: !x, %k: !x, %z: tensor<2xf32>, %b: tensor<2xf32>, %cu: tensor<?xi32>) -> (!x, tensor<?x2xf32>) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu sinks(%z : tensor<2xf32>)
      scores(%s, %query, %key, %head, %bias = %b : tensor<2xf32>) {
    %y = arith.addf %s, %bias : f32
    attn.score %y
  } : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x2xf32>
  return %o, %lse : !x, tensor<?x2xf32>
}

// NONE: func.func private @declared
// NONE: func.func @not_of_attention
// NONE-NOT: backward

//--- none.mlir
func.func private @declared(tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
func.func @not_of_attention(%x: tensor<?x2x8xf32>) -> tensor<?x2x8xf32> {
  return %x : tensor<?x2x8xf32>
}

// A base takes the sum's gradient as it is; a branch that is read twice has two.
// TWICE: func.func @f_backward(%[[A:.+]]: {{.+}}, %[[G:.+]]: {{.+}}, %[[DO:.+]]: {{.+}})
// TWICE: %[[D:.+]] = attn.combine %[[DO]] gates %[[G]] values
// TWICE: %[[DA:.+]] = attn.sum %[[D]], %[[DO]] of "tokens"
// TWICE: %[[DG:.+]] = attn.combine_grad_gates %[[DO]], %[[G]] of %[[A]] values
// TWICE: return %[[DA]], %[[DG]]

//--- twice.mlir
func.func @f(%a: tensor<?x2x8xf32>, %g: tensor<?x2x1xf32>) -> tensor<?x2x8xf32> {
  %o = attn.combine %a gates %g values onto %a
      : (tensor<?x2x8xf32>, tensor<?x2x1xf32>, tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
  return %o : tensor<?x2x8xf32>
}
