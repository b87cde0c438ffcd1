// Gradients of attention over key sets from outside (examples/extension): one whose transpose calls no query
// full, and one of two parts that does.
// DEFINE: %{plugin} = --load-dialect-plugin=%fovea_output/lib/FoveaExample.so
// RUN: fovea-opt %s %{plugin} --attn-differentiate -o %t.mlir
// RUN: fovea-run %t.mlir %{plugin} --entry=dilated_backward --lengths=0,1,63,64,65,20 --verify | FileCheck %s
// RUN: fovea-run %t.mlir %{plugin} --entry=sinks_backward --lengths=0,1,63,64,65,20 --verify | FileCheck %s
// RUN: fovea-run %t.mlir %{plugin} --entry=sinks_backward --lengths=200 --verify | FileCheck %s

// CHECK: verified
// CHECK: grad_q {{.+}} ok
// CHECK: grad_k {{.+}} ok
// CHECK: grad_v {{.+}} ok

!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!cu = tensor<?xi32>

func.func @dilated(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #example.dilated<window = 70, step = 3> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, tensor<?x4xf32>
  return %o : !q
}

func.func @sinks(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #example.sinks<sinks = 70, window = 90> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, tensor<?x4xf32>
  return %o : !q
}
