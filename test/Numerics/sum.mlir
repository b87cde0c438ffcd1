// Sums of gradients, which are rounded once, against the reference.
// RUN: fovea-run %s --entry=narrow --lengths=70,0,5 --verify | FileCheck %s
// RUN: fovea-run %s --entry=narrow --lengths=70,0,5 --data=dyadic --verify | FileCheck %s
// RUN: fovea-run %s --entry=alone --lengths=33 --verify | FileCheck %s
// CHECK: verified

!x = tensor<?x4x16xf32>
!y = tensor<?x4x16xbf16>
!cu = tensor<?xi32>

func.func @narrow(%a: !x {attn.name = "a"}, %b: !y {attn.name = "b"}, %c: !x {attn.name = "c"}, %cu: !cu {attn.name = "cu_seqlens", attn.rows = "sequence_ends"}) -> (!y {attn.name = "sum"}) {
  %s = attn.sum %a, %b, %c of "tokens" : (!x, !y, !x) -> !y
  return %s : !y
}

func.func @alone(%a: !x {attn.name = "a"}, %cu: !cu {attn.name = "cu_seqlens", attn.rows = "sequence_ends"}) -> (!y {attn.name = "sum"}) {
  %s = attn.sum %a of "tokens" : (!x) -> !y
  return %s : !y
}
