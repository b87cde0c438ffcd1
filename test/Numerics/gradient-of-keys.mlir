// The gradients of keys and values, as attn-differentiate derives them, which the CPU computes: of every
// key set, in each type, with groups of 1 to 16 heads, sinks and a gradient of lse.
// RUN: fovea-opt %s --attn-differentiate="arguments=k,v" -o %t.mlir
// RUN: fovea-run %t.mlir --entry=causal_backward --lengths=100,0,1,64,33 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=causal_backward --lengths=100,0,1,64,33 --data=dyadic --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=full_backward --lengths=100,0,1,33 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=window_backward --lengths=70,0,200 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %t.mlir --entry=wide_backward --lengths=5,0,70,129 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=compressed_backward --lengths=3,0,150,7,30 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=compressed_backward --lengths=700 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %t.mlir --entry=selected_backward --lengths=100,0,15,90 --verify | FileCheck %s
// RUN: fovea-run %t.mlir --entry=many_selected_backward --lengths=7,0,310 --verify --verify-tokens=0 | FileCheck %s
// CHECK: verified

// Of keys alone and of values alone.
// RUN: fovea-opt %s --attn-differentiate="arguments=k" -o %t.k.mlir
// RUN: fovea-run %t.k.mlir --entry=causal_backward --lengths=100,0,1,64,33 --verify | FileCheck %s
// RUN: fovea-opt %s --attn-differentiate="arguments=v" -o %t.v.mlir
// RUN: fovea-run %t.v.mlir --entry=causal_backward --lengths=100,0,1,64,33 --verify | FileCheck %s

// What verification is given can fail it: an lse without its sinks is another one's.
// RUN: fovea-run %t.mlir --entry=causal_backward --lengths=100 --output grad_v=%t.with.npy
// RUN: fovea-run %t.mlir --entry=no_sinks_backward --lengths=100 --output grad_v=%t.without.npy
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

func.func @full(%q: tensor<?x3x16xbf16> {attn.name = "q"}, %k: tensor<?x1x16xbf16> {attn.name = "k"}, %v: tensor<?x1x16xbf16> {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x3x16xbf16> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.full in %k, %v, %cu : tensor<?x3x16xbf16>, tensor<?x1x16xbf16>, tensor<?x1x16xbf16>, !cu -> tensor<?x3x16xbf16>, tensor<?x3xf32>
  return %o : tensor<?x3x16xbf16>
}

func.func @window(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x4x16xf16> {attn.name = "k"}, %v: tensor<?x4x32xf16> {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x4x32xf16> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.window<20> in %k, %v, %cu : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x32xf16>, !cu -> tensor<?x4x32xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x32xf16>
}

// Sixteen heads of one KV head.
func.func @wide(%q: tensor<?x16x32xbf16> {attn.name = "q"}, %k: tensor<?x1x32xbf16> {attn.name = "k"}, %v: tensor<?x1x16xbf16> {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x16x16xbf16> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.window<90> in %k, %v, %cu : tensor<?x16x32xbf16>, tensor<?x1x32xbf16>, tensor<?x1x16xbf16>, !cu -> tensor<?x16x16xbf16>, tensor<?x16xf32>
  return %o : tensor<?x16x16xbf16>
}

// Keys that are arguments, in rows of which some are no sequence's.
func.func @compressed(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!o {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %k, %v, %cu : !q, !k, !v, !cu -> !o, !s
  return %o : !o
}

func.func @selected(%q: !q {attn.name = "q"}, %k: !k {attn.name = "k"}, %v: !v {attn.name = "v"}, %i: tensor<?x2x3xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!o {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %k, %v, %cu indices(%i : tensor<?x2x3xi32>) : !q, !k, !v, !cu -> !o, !s
  return %o : !o
}

// Blocks of more keys than a tile has, and lists of more tokens than a visit takes.
func.func @many_selected(%q: tensor<?x16x16xbf16> {attn.name = "q"}, %k: tensor<?x1x16xbf16> {attn.name = "k"}, %v: tensor<?x1x8xbf16> {attn.name = "v"}, %i: tensor<?x1x2xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (tensor<?x16x8xbf16> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 96> in %k, %v, %cu indices(%i : tensor<?x1x2xi32>) : tensor<?x16x16xbf16>, tensor<?x1x16xbf16>, tensor<?x1x8xbf16>, !cu -> tensor<?x16x8xbf16>, tensor<?x16xf32>
  return %o : tensor<?x16x8xbf16>
}
