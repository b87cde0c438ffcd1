// Attentions one behind another in one kernel, as threads on both targets: three in a row, the last with sinks and lse;
// one whose branch a later sum takes again; two sums that do not wait for one another in a group, of which one leaves.
// DEFINE: %{target} = sm_90a
// DEFINE: %{lower} = fovea-opt %s --fovea-attn-to-tile=target=%{target} -o %t.logical && fovea-opt %t.logical --fovea-place-tiles --convert-tile-to-simt=target=%{target} -o %t.threads
// DEFINE: %{run} = fovea-interpret %t.threads --against=%t.logical --lengths=19,0,5 --policy=random --seeds=2
// RUN: %{lower}
// RUN: FileCheck %s --check-prefix=LOGICAL < %t.logical
// RUN: %{run} --entry=three | FileCheck %s
// RUN: %{run} --entry=again | FileCheck %s
// RUN: %{run} --entry=leaves | FileCheck %s
// RUN: fovea-interpret %t.threads --entry=three --lengths=19,0,5 --garbage=1 | FileCheck %s
// RUN: fovea-opt %s '--fovea-attn-to-tile=target=sm_90a fuse=false' -o %t.apart
// RUN: fovea-interpret %t.logical --against=%t.apart --lengths=19,0,5 --tolerance=0.02 --policy=round-robin --entry=three | FileCheck %s
// RUN: fovea-interpret %t.logical --against=%t.apart --lengths=19,0,5 --tolerance=0.02 --policy=round-robin --entry=again | FileCheck %s

// REDEFINE: %{target} = sm_80
// RUN: %{lower}
// RUN: %{run} --entry=three | FileCheck %s
// RUN: %{run} --entry=again | FileCheck %s
// RUN: %{run} --entry=leaves | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// Two sums that wait are stored, then the result, all over one another; one that leaves has an array of its own.
// LOGICAL-LABEL: tile.kernel private @three_combine
// LOGICAL-SAME: %[[SUM:[^ ]+]]: memref<?x4x16xbf16> {tile.in_place}
// LOGICAL: tile.store %{{.+}}, %[[SUM]]
// LOGICAL: tile.load %[[SUM]]
// LOGICAL: tile.store %{{.+}}, %[[SUM]]
// LOGICAL: tile.load %[[SUM]]
// LOGICAL: tile.store %{{.+}}, %[[SUM]]
// LOGICAL-LABEL: tile.kernel private @again_combine
// LOGICAL-SAME: tile.in_place
// LOGICAL-LABEL: tile.kernel private @leaves_combine
// LOGICAL-NOT: tile.in_place

!q = tensor<?x4x16xbf16>
!kv = tensor<?x1x16xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x4xf32>
!g = tensor<?x4x3xf32>
!sinks = tensor<4xf32>

func.func @three(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g, %sinks: !sinks) -> (!q, !lse) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %t = attn.combine %b gates %g columns [1] values onto %s : (!q, !g, !q) -> !q
  %c, %n = attn.attend %q sees #attn.window<100> in %k, %v, %cu sinks(%sinks : !sinks) : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %c gates %g columns [2] values onto %t : (!q, !g, !q) -> !q
  return %o, %n : !q, !lse
}

func.func @again(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %b, %a gates %g columns [1, 2] values onto %s : (!q, !q, !g, !q) -> !q
  return %o : !q
}

func.func @leaves(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g) -> (!q, !q) {
  %r:2 = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %s = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
    %b, %m = attn.attend %q sees #attn.window<8> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %o = attn.combine %b gates %g columns [1] values onto %s : (!q, !g, !q) -> !q
    attn.yield %o, %s : !q, !q
  } : !q, !q
  return %r#0, %r#1 : !q, !q
}
