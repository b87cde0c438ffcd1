// The gradients of a compression, against the reference: windows that overlap, several times over or not at all, tokens
// in no window, sequences that begin at any token, too short for a window, or empty.
// RUN: fovea-opt %s --attn-differentiate -o %t.mlir
// DEFINE: %{run} = fovea-run %t.mlir --verify
// RUN: %{run} --entry=mean_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=mean_backward --lengths=5,0,400 --data=dyadic | FileCheck %s
// RUN: %{run} --entry=apart_backward --lengths=3,100,0,9 | FileCheck %s
// CHECK: verified

!x = tensor<?x2x24xf32>
!y = tensor<?x3x16xbf16>
!cu = tensor<?xi32>

func.func @mean(%k: !x {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 12, stride = 4> over %cu : !x, !cu -> !x
  return %kc : !x
}

func.func @apart(%k: !y {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!y {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 8> over %cu : !y, !cu -> !y
  return %kc : !y
}

// Positions do not enter what the input gets.
// RUN: fovea-opt %s --attn-differentiate=arguments=k -o %t.mlir
// RUN: %{run} --entry=weighted_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=narrow_backward --lengths=30,3,200 | FileCheck %s
// RUN: %{run} --entry=narrow_backward --lengths=30,3,200 --data=dyadic | FileCheck %s

func.func @weighted(%k: !x {attn.name = "k"}, %w: tensor<2x12xf32> {attn.name = "w"}, %p: tensor<2x12x24xf32> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<weighted> into #attn.compressed<block = 12, stride = 4> over %cu params(%w : tensor<2x12xf32>) positions(%p : tensor<2x12x24xf32>) : !x, !cu -> !x
  return %kc : !x
}

func.func @narrow(%k: !y {attn.name = "k"}, %w: tensor<3x5xbf16> {attn.name = "w"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!y {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<weighted> into #attn.compressed<block = 5, stride = 1> over %cu params(%w : tensor<3x5xbf16>) : !y, !cu -> !y
  return %kc : !y
}
