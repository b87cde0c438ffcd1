// A key set from outside (examples/extension) runs on the CPU, alone in its kernel and with a schedule.
// RUN: fovea-run %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so --entry=near_forward \
// RUN:   --lengths=0,1,63,64,65,200 --verify | FileCheck %s
// RUN: fovea-run %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so --entry=scheduled \
// RUN:   --lengths=0,1,63,64,65,200 --verify | FileCheck %s

// CHECK: verified
attn.spec @near heads 4 over 2 dims 16 x 16 of f32 {
  attn.branch @near sees #example.dilated<window = 64, step = 4>
}

!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
func.func @scheduled(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #example.dilated<window = 70, step = 3> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32>} : !q, !kv, !kv, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}
