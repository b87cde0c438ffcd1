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

// Of a hidden layer.
// REDEFINE: %{file} = mlp
// RUN: %{differentiate}
// RUN: %{run} --entry=silu_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=relu_backward --lengths=61,5,17 | FileCheck %s
// RUN: %{run} --entry=gelu_backward --lengths=30,3,120 | FileCheck %s
// RUN: %{run} --entry=gelu_backward --lengths=30,3,120 --data=dyadic | FileCheck %s

//--- mlp.mlir
!x = tensor<?x2x24xf32>
!y = tensor<?x3x16xbf16>
!cu = tensor<?xi32>

func.func @silu(%k: !x {attn.name = "k"}, %B1: tensor<2x192x12xf32> {attn.name = "B1"}, %b1: tensor<2x12xf32> {attn.name = "b1"}, %B2: tensor<2x12x24xf32> {attn.name = "B2"}, %b2: tensor<2x24xf32> {attn.name = "b2"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mlp, hidden = 12, activation = silu> into #attn.compressed<block = 8, stride = 4> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x192x12xf32>, tensor<2x12xf32>, tensor<2x12x24xf32>, tensor<2x24xf32>) : !x, !cu -> !x
  return %kc : !x
}

func.func @relu(%k: !x {attn.name = "k"}, %B1: tensor<2x96x6xf32> {attn.name = "B1"}, %b1: tensor<2x6xf32> {attn.name = "b1"}, %B2: tensor<2x6x24xf32> {attn.name = "B2"}, %b2: tensor<2x24xf32> {attn.name = "b2"}, %p: tensor<2x4x24xf32> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mlp, hidden = 6, activation = relu> into #attn.compressed<block = 4, stride = 4> over %cu params(%B1, %b1, %B2, %b2 : tensor<2x96x6xf32>, tensor<2x6xf32>, tensor<2x6x24xf32>, tensor<2x24xf32>) positions(%p : tensor<2x4x24xf32>) : !x, !cu -> !x
  return %kc : !x
}

func.func @gelu(%k: !y {attn.name = "k"}, %B1: tensor<3x64x32xbf16> {attn.name = "B1"}, %b1: tensor<3x32xbf16> {attn.name = "b1"}, %B2: tensor<3x32x16xbf16> {attn.name = "B2"}, %b2: tensor<3x16xbf16> {attn.name = "b2"}, %p: tensor<3x4x16xbf16> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!y {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mlp, hidden = 32, activation = gelu> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : tensor<3x64x32xbf16>, tensor<3x32xbf16>, tensor<3x32x16xbf16>, tensor<3x16xbf16>) positions(%p : tensor<3x4x16xbf16>) : !y, !cu -> !y
  return %kc : !y
}

// Of gates.
// REDEFINE: %{file} = gated
// RUN: %{differentiate}
// RUN: %{run} --entry=gated_backward --lengths=101,0,1,7,30 | FileCheck %s
// RUN: %{run} --entry=gated_narrow_backward --lengths=30,3,120 | FileCheck %s

//--- gated.mlir
!x = tensor<?x2x24xf32>
!y = tensor<?x3x16xbf16>
!cu = tensor<?xi32>

func.func @gated(%k: !x {attn.name = "k"}, %u: tensor<2x24xf32> {attn.name = "u"}, %c: tensor<2x12xf32> {attn.name = "c"}, %p: tensor<2x12x24xf32> {attn.name = "p"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<gated> into #attn.compressed<block = 12, stride = 4> over %cu params(%u, %c : tensor<2x24xf32>, tensor<2x12xf32>) positions(%p : tensor<2x12x24xf32>) : !x, !cu -> !x
  return %kc : !x
}

func.func @gated_narrow(%k: !y {attn.name = "k"}, %u: tensor<3x16xbf16> {attn.name = "u"}, %c: tensor<3x4xbf16> {attn.name = "c"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!y {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<gated> into #attn.compressed<block = 4, stride = 4> over %cu params(%u, %c : tensor<3x16xbf16>, tensor<3x4xbf16>) : !y, !cu -> !y
  return %kc : !y
}
