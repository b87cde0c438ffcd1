// What the passes make of each kind of key set, in tiles of one to three warpgroups: every
// order gives the same bits and the logical kernel's numbers, and NaN of one sequence
// reaches no other.
// DEFINE: %{run} = fovea-interpret %t.placed --against=%t.logical --seeds=4 --lengths=0,1,31,64,70
// RUN: fovea-opt %s --attn-fuse --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: %{run} --entry=dense --nan-sequence=3 | FileCheck %s
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=compressed --nan-sequence=4 | FileCheck %s
// RUN: %{run} --entry=selected --nan-sequence=4 --blocks=3 | FileCheck %s
// RUN: %{run} --entry=by_warp --nan-sequence=4 --blocks=3 | FileCheck %s
// RUN: %{run} --entry=teams --nan-sequence=4 --blocks=3 | FileCheck %s
// RUN: %{run} --entry=scored --nan-sequence=4 | FileCheck %s
// RUN: %{run} --entry=straddling --nan-sequence=4 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// Rows of another sequence that are not cleared show in the numbers.
// RUN: sed '/tile.clear_rows/d' %t.placed | not fovea-interpret --policy=round-robin --lengths=0,1,31,64,70 --entry=dense --nan-sequence=3 | FileCheck %s --check-prefix=UNCLEARED
// UNCLEARED: numbers: NaN of another sequence changes argument {{[45]}}

// The stream of visits does not end (a verifier would say so).
// RUN: sed '/tile.post [^:]*at %[0-9a-z#]* :/d' %t.placed | not fovea-interpret --unverified --seeds=4 --lengths=0,1,31,64,70 --entry=selected | FileCheck %s --check-prefix=ENDLESS
// ENDLESS: deadlock: no role of the block can run
// ENDLESS: group {{[012]}} waits to get tile {{[0-9]+}} of ring {{[0-9]}} (!tile.visit_ring<8 x 12>)

!q = tensor<?x32x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x32xf32>
!lists = tensor<?x2x3xi32>

func.func @dense(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 8, keys = 64>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @window(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.window<50> in %k, %v, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 32, gpu = <stages = 3>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @compressed(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!q, !lse) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %vc, %cu {tile.schedule = #tile.schedule<tokens = 12, keys = 32, gpu = <stages = 1>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

func.func @selected(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %i: !lists) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 32> in %k, %v, %cu indices(%i : !lists) {tile.schedule = #tile.schedule<tokens = 12, keys = 32>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// Each of 12 warps by itself: as many threads of control.
func.func @by_warp(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %i: !lists) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 32> in %k, %v, %cu indices(%i : !lists) {tile.schedule = #tile.schedule<tokens = 12, keys = 32, gpu = <stages = 4, products = warp, programs = head_by_head>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// Programs side by side, whose keys and values take turns in one ring.
func.func @teams(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %i: !lists) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 32> in %k, %v, %cu indices(%i : !lists) {tile.schedule = #tile.schedule<tokens = 4, keys = 32, gpu = <stages = 3, programs = head_by_head, teams = 3, one_ring = true>>} : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// 24 heads of a token: rows 64 to 127 are of tokens 2 to 5, so warpgroups share tokens.
func.func @straddling(%q: tensor<?x24x32xbf16>, %k: tensor<?x1x32xbf16>, %v: tensor<?x1x32xbf16>, %cu: !cu, %i: tensor<?x1x3xi32>) -> (tensor<?x24x32xbf16>, tensor<?x24xf32>) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 32> in %k, %v, %cu indices(%i : tensor<?x1x3xi32>) {tile.schedule = #tile.schedule<tokens = 8, keys = 32>} : tensor<?x24x32xbf16>, tensor<?x1x32xbf16>, tensor<?x1x32xbf16>, !cu -> tensor<?x24x32xbf16>, tensor<?x24xf32>
  return %o, %lse : tensor<?x24x32xbf16>, tensor<?x24xf32>
}

// Compressed attention, block scores and the choice of blocks: six kernels.
func.func @scored(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> (!lists) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %vc, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64>} : !q, !kv, !kv, !cu -> !q, !lse
  %lists = attn.group attributes {tile.schedule = #tile.schedule<tokens = 8, keys = 32>} {
    %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> tensor<?x2x?xf32>
    %i = attn.select_topk %s, %cu of #attn.selected<block = 16> top 3 initial 1 local 1 : tensor<?x2x?xf32>, !cu -> !lists
    attn.yield %i : !lists
  } : !lists
  return %lists : !lists
}
