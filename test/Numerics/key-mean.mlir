// An operation that lives in the test tree alone goes from text to a CPU run: alone, and
// fused with an attention into the kernel of their gates.
// RUN: fovea-run %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --entry=mean \
// RUN:   --lengths=0,1,63,64,65,200 --verify | FileCheck %s
// RUN: fovea-run %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --entry=mean \
// RUN:   --lengths=0,1,63,64,65,200 --data=dyadic --verify | FileCheck %s
// RUN: fovea-run %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --entry=mixed \
// RUN:   --lengths=0,1,63,64,65,200 --verify | FileCheck %s
// CHECK: verified

// A wrong mean would be found: of a window of 50 keys, not of 49.
// RUN: fovea-run %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --entry=mean \
// RUN:   --lengths=100 --output out=%t.50.npy
// RUN: fovea-run %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --entry=narrower \
// RUN:   --lengths=100 --output out=%t.49.npy
// RUN: not cmp %t.50.npy %t.49.npy

// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-fuse | FileCheck %s --check-prefix=FUSE
// FUSE-LABEL: func.func @mixed
// FUSE: attn.group
// FUSE-NEXT: attn.attend
// FUSE-NEXT: test_ops.key_mean
// FUSE-NEXT: attn.combine

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>

func.func @mean(%v: !x {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "out"}) {
  %o = test_ops.key_mean %v sees #attn.window<50> over %cu : !x, !cu -> !x
  return %o : !x
}

func.func @narrower(%v: !x {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!x {attn.name = "out"}) {
  %o = test_ops.key_mean %v sees #attn.window<49> over %cu : !x, !cu -> !x
  return %o : !x
}

func.func @mixed(%q: !x {attn.name = "q"}, %k: !x {attn.name = "k"}, %v: !x {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"},
                 %g: tensor<?x4x2xf32> {attn.name = "gates"}) -> (!x {attn.name = "out"}) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
  %m = test_ops.key_mean %v sees #attn.window<50> over %cu : !x, !cu -> !x
  %o = attn.combine %a, %m gates %g logits : (!x, !x, tensor<?x4x2xf32>) -> !x
  return %o : !x
}
