// Whatever cu_seqlens and index lists hold: no kernel leaves its arrays or runs without an
// end, and rows of no sequence hold what an empty key set gives. Every kind of kernel,
// logical and placed; --garbage=20000 and other --input-seed draw more.
// DEFINE: %{run} = fovea-interpret --garbage=16 --lengths=70,0,40,5
// DEFINE: %{forward} = fovea-interpret --garbage=8 --lengths=70,0,40,5
// RUN: fovea-opt %S/placed.mlir --attn-fuse --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: %{run} %t.logical --entry=dense | FileCheck %s
// RUN: %{run} %t.placed --entry=dense | FileCheck %s
// RUN: %{run} %t.placed --entry=window | FileCheck %s
// RUN: %{run} %t.placed --entry=compressed | FileCheck %s
// RUN: %{run} %t.logical --entry=selected --list-block=32 | FileCheck %s
// RUN: %{run} %t.placed --entry=selected --list-block=32 | FileCheck %s
// RUN: %{run} %t.placed --entry=by_warp --list-block=32 | FileCheck %s
// RUN: %{run} %t.placed --entry=scored | FileCheck %s
// CHECK: ok: 16 orders

// The whole forward, for each target, fused and with a kernel for each operation.
// RUN: fovea-opt %S/nsa.mlir --fovea-attn-to-tile="target=sm_90a aux-outputs=true" -o %t.fused
// RUN: fovea-opt %t.fused --fovea-place-tiles -o %t.placed
// RUN: %{forward} %t.fused | FileCheck %s --check-prefix=FORWARD
// RUN: %{forward} %t.placed | FileCheck %s --check-prefix=FORWARD
// RUN: fovea-opt %S/nsa.mlir --fovea-attn-to-tile="target=sm_80 fuse=false aux-outputs=true" -o %t.unfused
// RUN: fovea-opt %t.unfused --fovea-place-tiles -o %t.placed
// RUN: %{forward} %t.unfused | FileCheck %s --check-prefix=FORWARD
// RUN: %{forward} %t.placed | FileCheck %s --check-prefix=FORWARD
// FORWARD: ok: 8 orders

// Every phi; a full attend.
// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: %{run} %t.logical --entry=phis --window-rows | FileCheck %s
// RUN: %{run} %t.placed --entry=phis --window-rows | FileCheck %s
// RUN: %{run} %t.placed --entry=full | FileCheck %s

!q = tensor<?x16x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x16xf32>

func.func @full(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.full in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @phis(%x: !kv, %cu: !cu, %w: tensor<2x8xbf16>, %u: tensor<2x32xbf16>, %a: tensor<2x8x32x32xbf16>,
                %b1: tensor<2x256x16xbf16>, %c1: tensor<2x16xbf16>, %b2: tensor<2x16x32xbf16>, %c2: tensor<2x32xbf16>)
    -> (!kv, !kv, !kv, !kv, !kv) {
  %0 = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %1 = attn.compress %x by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xbf16>) : !kv, !cu -> !kv
  %2 = attn.compress %x by #attn.phi<gated> into #attn.compressed<block = 8, stride = 4> over %cu params(%u, %w : tensor<2x32xbf16>, tensor<2x8xbf16>) : !kv, !cu -> !kv
  %3 = attn.compress %x by #attn.phi<linear> into #attn.compressed<block = 8, stride = 4> over %cu params(%a : tensor<2x8x32x32xbf16>) : !kv, !cu -> !kv
  %4 = attn.compress %x by #attn.phi<mlp, hidden = 16, activation = silu> into #attn.compressed<block = 8, stride = 4> over %cu params(%b1, %c1, %b2, %c2 : tensor<2x256x16xbf16>, tensor<2x16xbf16>, tensor<2x16x32xbf16>, tensor<2x32xbf16>) : !kv, !cu -> !kv
  return %0, %1, %2, %3, %4 : !kv, !kv, !kv, !kv, !kv
}
