// The gradient of queries, as attn-differentiate derives it, which the CPU computes: of every
// key set, in each type, with sinks and a gradient of lse.
// RUN: fovea-opt %s --attn-differentiate="arguments=q" -o %t.mlir
// RUN: fovea-run %t.mlir --entry=causal_backward --lengths=100,0,1,64,33 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=causal_backward --lengths=100,0,1,64,33 --data=dyadic --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=full_backward --lengths=100,0,1,33 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=window_backward --lengths=70,0,200 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=compressed_backward --lengths=3,0,150,7 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=selected_backward --lengths=100,0,15,90 --verify | FileCheck %s
// CHECK: verified

// What verification is given can fail it: an lse without its sinks is another one's.
// RUN: fovea-run %t.mlir --entry=causal_backward --lengths=100 --output grad_q=%t.with.npy
// RUN: fovea-run %t.mlir --entry=no_sinks_backward --lengths=100 --output grad_q=%t.without.npy
// RUN: not cmp %t.with.npy %t.without.npy

!q = tensor<?x4x16xf32>
!k = tensor<?x2x16xf32>
!v = tensor<?x2x8xf32>
!o = tensor<?x4x8xf32>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>

func.func @causal(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %z: tensor<4xf32> {attn.name = "sinks"}, %cu: !cu {attn.name = "cu_seqlens"})
    -> (!o {attn.name = "o"}, !s {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu scale 0.4 sinks(%z : tensor<4xf32>) : !q, !k, !v, !cu -> !o, !s
  return %o, %lse : !o, !s
}

func.func @no_sinks(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %z: tensor<4xf32> {attn.name = "sinks"}, %cu: !cu {attn.name = "cu_seqlens"})
    -> (!o {attn.name = "o"}, !s {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu scale 0.4 : !q, !k, !v, !cu -> !o, !s
  return %o, %lse : !o, !s
}

func.func @full(%q: tensor<?x3x16xbf16> {attn.name = "q"}, %k: tensor<?x1x16xbf16> {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x3x16xbf16> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.full in %k, %k, %cu : tensor<?x3x16xbf16>, tensor<?x1x16xbf16>, tensor<?x1x16xbf16>, !cu -> tensor<?x3x16xbf16>, tensor<?x3xf32>
  return %o : tensor<?x3x16xbf16>
}

func.func @window(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x4x16xf16> {attn.name = "k"}, %v: tensor<?x4x32xf16> {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x4x32xf16> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.window<20> in %k, %v, %cu : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x32xf16>, !cu -> tensor<?x4x32xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x32xf16>
}

func.func @compressed(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!o {attn.name = "o"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !k, !cu -> !k
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !v, !cu -> !v
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %vc, %cu : !q, !k, !v, !cu -> !o, !s
  return %o : !o
}

func.func @selected(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %i: tensor<?x2x3xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!o {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %k, %v, %cu indices(%i : tensor<?x2x3xi32>) : !q, !k, !v, !cu -> !o, !s
  return %o : !o
}
