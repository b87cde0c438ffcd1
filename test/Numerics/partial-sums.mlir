// A sum of gated branches in parts, on the CPU: fused with their attentions, by themselves, over an argument and in
// place, and a spec's, split as for a GPU.
// RUN: fovea-run %s --device=cpu --lengths=37,0,5 --verify | FileCheck %s
// RUN: fovea-run %s --device=cpu --lengths=37,0,5 --no-fuse --verify | FileCheck %s
// RUN: fovea-opt %examples/nsa.mlir --attn-expand-spec --attn-split-combine -o %t.mlir
// RUN: fovea-run %t.mlir --device=cpu --lengths=70,0,13 --verify | FileCheck %s
// CHECK: {{^}}o {{.*}} ok

!q = tensor<?x10x16xbf16>
!kv = tensor<?x2x16xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x10xf32>
!g = tensor<?x10x3xf32>

func.func @parts(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %base: !q {attn.name = "base"}, %cu: !cu {attn.name = "cu"}, %g: !g {attn.name = "g"}) -> (!q {attn.name = "o"}) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %p = attn.combine %a gates %g columns [2] logits onto %base : (!q, !g, !q) -> !q
  %b, %m = attn.attend %q sees #attn.window<20> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %c = attn.combine %b, %b gates %g columns [1, 0] logits onto %p : (!q, !q, !g, !q) -> !q
  return %c : !q
}
