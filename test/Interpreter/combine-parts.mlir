// A combine that stands alone takes its heads in parts, each with programs of its own: of 10 heads, 2 at a
// time, over the rows of sequences or over all rows. Every order of the warps gives the logical kernel's
// numbers, and the parts give the whole's.
// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: fovea-interpret %t.placed --against=%t.logical --seeds=3 --lengths=0,1,31,40 --entry=attended --nan-sequence=3 | FileCheck %s
// RUN: fovea-interpret %t.placed --against=%t.logical --seeds=3 --lengths=0,1,31,40 --entry=given | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// RUN: sed 's/, group_rows = 2//' %s > %t.whole.mlir
// RUN: fovea-opt %t.whole.mlir --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.whole
// RUN: fovea-interpret %t.logical --against=%t.whole --lengths=0,1,31,40 --entry=attended | FileCheck %s
// RUN: fovea-interpret %t.logical --against=%t.whole --lengths=0,1,31,40 --entry=given | FileCheck %s

// RUN: FileCheck %s --check-prefix=PARTS < %t.logical
// PARTS-COUNT-4: tile.load {{.*}} sizes [32, 2, 16] count

!q = tensor<?x10x16xbf16>
!kv = tensor<?x2x16xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x10xf32>
!g = tensor<?x10x2xf32>

func.func @attended(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32, group_rows = 8>} : !q, !kv, !kv, !cu -> !q, !lse
  %b, %m = attn.attend %q sees #attn.window<20> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32, group_rows = 8>} : !q, !kv, !kv, !cu -> !q, !lse
  %c = attn.combine %a, %b gates %g logits {tile.schedule = #tile.schedule<tokens = 32, keys = 16, group_rows = 2>} : (!q, !q, !g) -> !q
  return %c : !q
}

func.func @given(%a: !q, %b: !q, %g: !g) -> !q {
  %c = attn.combine %a, %b gates %g values {tile.schedule = #tile.schedule<tokens = 32, keys = 16, group_rows = 2>} : (!q, !q, !g) -> !q
  return %c : !q
}
