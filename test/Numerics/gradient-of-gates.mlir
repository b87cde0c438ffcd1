// The gradient of gates, against the reference: logits and values, columns that have one
// branch, several or none, in each type.
// RUN: fovea-opt %s --attn-differentiate="arguments=gates" -o %t.mlir
// RUN: fovea-run %t.mlir --entry=logits_backward --lengths=100,0,1,33 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=logits_backward --lengths=100,0,1,33 --data=dyadic --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=columns_backward --lengths=70,0,200 --verify | FileCheck %s
// Gates as a part of lse: what attentions take in place of theirs, too.
// RUN: fovea-opt %s --pass-pipeline="builtin.module(attn-differentiate{arguments=gates,q,k,v},func.func(attn-fold-gates))" -o %t.folded.mlir
// RUN: FileCheck %s --check-prefix=FOLDED --input-file=%t.folded.mlir
// RUN: fovea-run %t.folded.mlir --entry=logits_backward --lengths=100,0,1,33 --verify | FileCheck %s
// FOLDED: func.func @logits_backward
// FOLDED-NOT: attn.attend_delta
// FOLDED: func.func @columns
// CHECK: verified

!q = tensor<?x4x16xf32>
!k = tensor<?x2x16xf32>
!s = tensor<?x4xf32>
!h = tensor<?x6x24xbf16>
!kh = tensor<?x2x24xbf16>
!sh = tensor<?x6xf32>
!cu = tensor<?xi32>

func.func @logits(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !k {attn.name = "v"}, %g: tensor<?x4x2xf32> {attn.name = "gates"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !k, !k, !cu -> !q, !s
  %b, %m = attn.attend %q sees #attn.window<7> in %k, %v, %cu : !q, !k, !k, !cu -> !q, !s
  %o = attn.combine %a, %b gates %g logits : (!q, !q, tensor<?x4x2xf32>) -> !q
  return %o : !q
}

func.func @columns(%q: !h {attn.name = "q"}, %k: !kh {attn.name = "k"}, %v: !kh {attn.name = "v"}, %g: tensor<?x6x3xbf16> {attn.name = "gates"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!h {attn.name = "o"}) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !h, !kh, !kh, !cu -> !h, !sh
  %b, %m = attn.attend %q sees #attn.window<7> in %k, %v, %cu : !h, !kh, !kh, !cu -> !h, !sh
  %o = attn.combine %a, %b gates %g columns [2, 2] values : (!h, !h, tensor<?x6x3xbf16>) -> !h
  return %o : !h
}
