// What is summed over the tokens of all sequences, against the reference: of heads that one program takes together or not.
// RUN: split-file %s %t
// RUN: fovea-opt %t/sinks.mlir --attn-differentiate=arguments=sinks -o %t/backward.mlir
// RUN: fovea-run %t/backward.mlir --entry=sinks_backward --lengths=70,0,200,1 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %t/backward.mlir --entry=twelve_backward --lengths=33 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %t/sum.mlir --entry=sum --lengths=70,0,5 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %t/sum.mlir --entry=sum --lengths=70,0,500 --data=dyadic --verify --verify-tokens=0 | FileCheck %s
// CHECK: verified

//--- sinks.mlir
!q = tensor<?x8x16xf32>
!k = tensor<?x2x16xf32>
!p = tensor<?x12x16xbf16>
!cu = tensor<?xi32>

func.func @sinks(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !k {attn.name = "v"}, %s: tensor<8xf32> {attn.name = "sinks"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.window<40> in %k, %v, %cu sinks(%s : tensor<8xf32>) : !q, !k, !k, !cu -> !q, tensor<?x8xf32>
  return %o : !q
}

func.func @twelve(%q: !p {attn.name = "q"}, %s: tensor<12xf32> {attn.name = "sinks"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!p {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %q, %q, %cu sinks(%s : tensor<12xf32>) : !p, !p, !p, !cu -> !p, tensor<?x12xf32>
  return %o : !p
}

//--- sum.mlir
!cu = tensor<?xi32>
func.func @sum(%x: tensor<?x5xf32> {attn.name = "x"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<5xf32> {attn.name = "sum"}) {
  %s = attn.sum_tokens %x over %cu : tensor<?x5xf32>, !cu -> tensor<5xf32>
  return %s : tensor<5xf32>
}
