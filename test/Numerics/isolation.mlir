// REQUIRES: numpy, foveac
// RUN: %python %S/Inputs/isolation.py %s %openmp_library | FileCheck %s

// CHECK: NaN in sequence 0: same bits
// CHECK: NaN in sequence 1: same bits
// CHECK: NaN in sequence 3: same bits
// CHECK: a second run: same bits
// CHECK: 1 threads: same bits
// CHECK: 3 threads: same bits
// CHECK: 8 threads: same bits
// CHECK: NaN in unused compressed rows: same bits
// CHECK: permuted index lists: same bits

attn.spec @nsa heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @far sees #attn.compressed<block = 16, stride = 8> by #attn.phi<mean>
  attn.branch @best sees #attn.selected<block = 32> top 4 initial 1 local 2 ranked by @far
  attn.branch @near sees #attn.window<40>
}

!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!cu = tensor<?xi32>

func.func @compressed(%q: !q {attn.name = "q"}, %kc: !kv {attn.name = "kc"}, %vc: !kv {attn.name = "vc"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 16, stride = 8> in %kc, %vc, %cu : !q, !kv, !kv, !cu -> !q, tensor<?x4xf32>
  return %o : !q
}

func.func @selected(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}, %i: tensor<?x2x5xi32> {attn.name = "indices"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 32> in %k, %v, %cu indices(%i : tensor<?x2x5xi32>) : !q, !kv, !kv, !cu -> !q, tensor<?x4xf32>
  return %o : !q
}
