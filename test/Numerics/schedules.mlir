// Two schedules per branch, of different tiles: both agree with the
// reference, so they agree with each other. Lengths meet the edges of tiles and blocks.
// RUN: fovea-run %s --entry=full_a --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=full_b --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=causal_a --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=causal_b --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=window_a --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=window_b --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=compressed_a --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=compressed_b --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=selected_a --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=selected_b --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// A token may take more rows than it has heads.
// RUN: fovea-run %s --entry=padded --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// RUN: fovea-run %s --entry=padded_odd --lengths=0,1,63,64,200,129 --seed=3 --verify | FileCheck %s
// CHECK: verified

!q = tensor<?x8x32xf32>
!kv = tensor<?x2x32xf32>
!cu = tensor<?xi32>
!lse = tensor<?x8xf32>

func.func @full_a(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.full in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @full_b(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.full in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 16, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @causal_a(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @causal_b(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 16, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @window_a(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.window<50> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @window_b(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.window<50> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 16, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @compressed_a(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 16, stride = 8> over %cu : !kv, !cu -> !kv
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 16, stride = 8> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 16, stride = 8> in %kc, %vc, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @compressed_b(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 16, stride = 8> over %cu : !kv, !cu -> !kv
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 16, stride = 8> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 16, stride = 8> in %kc, %vc, %cu {tile.schedule = #tile.schedule<tokens = 16, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @selected_a(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}, %i: tensor<?x2x3xi32> {attn.name = "indices"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 64> in %k, %v, %cu indices(%i : tensor<?x2x3xi32>) {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @selected_b(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}, %i: tensor<?x2x3xi32> {attn.name = "indices"}) -> (!q {attn.name = "o"}, !lse {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 64> in %k, %v, %cu indices(%i : tensor<?x2x3xi32>) {tile.schedule = #tile.schedule<tokens = 16, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

!q3 = tensor<?x6x32xf32>
!lse3 = tensor<?x6xf32>

func.func @padded(%q: !q3 {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q3 {attn.name = "o"}, !lse3 {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.window<50> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 4>} : !q3, !kv, !kv, !cu -> !q3, !lse3
  return %o, %lse : !q3, !lse3
}

func.func @padded_odd(%q: !q3 {attn.name = "q"}, %k: !kv {attn.name = "k"}, %v: !kv {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q3 {attn.name = "o"}, !lse3 {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.window<50> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, group_rows = 5>} : !q3, !kv, !kv, !cu -> !q3, !lse3
  return %o, %lse : !q3, !lse3
}
