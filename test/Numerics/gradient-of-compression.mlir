// The gradients of a compression, against the reference: windows that overlap, several times over or not at all, tokens
// in no window, sequences that begin at any token, too short for a window, or empty.
// RUN: split-file %s %t
// DEFINE: %{file} = sums
// DEFINE: %{arguments} =
// DEFINE: %{differentiate} = fovea-opt %t/%{file}.mlir --attn-differentiate=arguments=%{arguments} -o %t/backward.mlir
// DEFINE: %{run} = fovea-run %t/backward.mlir --verify --verify-tokens=0
// RUN: %{differentiate}
// RUN: %{run} --entry=mean_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=mean_backward --lengths=5,0,400 --data=dyadic | FileCheck %s
// RUN: %{run} --entry=apart_backward --lengths=3,100,0,9 | FileCheck %s
// RUN: %{run} --entry=mean_positions_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=mean_positions_backward --lengths=11,0,1 | FileCheck %s
// RUN: %{run} --entry=narrow_backward --lengths=30,3,200 | FileCheck %s
// RUN: %{run} --entry=narrow_backward --lengths=30,3,200 --data=dyadic | FileCheck %s
// CHECK: verified

//--- sums.mlir
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

func.func @mean_positions(%k: !y {attn.name = "k"}, %p: tensor<3x12x16xbf16> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!y {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 12, stride = 6> over %cu positions(%p : tensor<3x12x16xbf16>) : !y, !cu -> !y
  return %kc : !y
}

func.func @narrow(%k: !y {attn.name = "k"}, %w: tensor<3x5xbf16> {attn.name = "w"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!y {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<weighted> into #attn.compressed<block = 5, stride = 1> over %cu params(%w : tensor<3x5xbf16>) : !y, !cu -> !y
  return %kc : !y
}

// All gradients, and some of them alone.
// REDEFINE: %{file} = weighted
// RUN: %{differentiate}
// RUN: %{run} --entry=weighted_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=weighted_backward --lengths=2,0,11 | FileCheck %s
// REDEFINE: %{arguments} = w
// RUN: %{differentiate}
// RUN: %{run} --entry=weighted_backward --lengths=101,0,1,7,30 | FileCheck %s
// REDEFINE: %{arguments} = k,p
// RUN: %{differentiate}
// RUN: %{run} --entry=weighted_backward --lengths=101,0,1,7,30 | FileCheck %s

//--- weighted.mlir
!x = tensor<?x2x24xf32>
!cu = tensor<?xi32>

func.func @weighted(%k: !x {attn.name = "k"}, %w: tensor<2x12xf32> {attn.name = "w"}, %p: tensor<2x12x24xf32> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<weighted> into #attn.compressed<block = 12, stride = 4> over %cu params(%w : tensor<2x12xf32>) positions(%p : tensor<2x12x24xf32>) : !x, !cu -> !x
  return %kc : !x
}

// Of phi with matrices.
// REDEFINE: %{file} = linear
// REDEFINE: %{arguments} =
// RUN: %{differentiate}
// RUN: %{run} --entry=linear_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=linear_narrow_backward --lengths=30,3,200 | FileCheck %s
// RUN: %{run} --entry=linear_narrow_backward --lengths=30,3,200 --data=dyadic | FileCheck %s

//--- linear.mlir
!x = tensor<?x2x24xf32>
!y = tensor<?x3x16xbf16>
!cu = tensor<?xi32>

func.func @linear(%k: !x {attn.name = "k"}, %a: tensor<2x12x24x24xf32> {attn.name = "a"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<linear> into #attn.compressed<block = 12, stride = 4> over %cu params(%a : tensor<2x12x24x24xf32>) : !x, !cu -> !x
  return %kc : !x
}

func.func @linear_narrow(%k: !y {attn.name = "k"}, %a: tensor<3x4x16x16xbf16> {attn.name = "a"}, %p: tensor<3x4x16xbf16> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!y {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 4> over %cu params(%a : tensor<3x4x16x16xbf16>) positions(%p : tensor<3x4x16xbf16>) : !y, !cu -> !y
  return %kc : !y
}
