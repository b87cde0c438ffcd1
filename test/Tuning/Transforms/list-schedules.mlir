// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a | FileCheck %s --check-prefix=LIST
// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a | fovea-opt --attn-list-schedules=target=sm_90a | FileCheck %s --check-prefix=LIST
// RUN: fovea-opt %s --attn-list-schedules=target=sm_90a --attn-choose-schedules | FileCheck %s

!q = tensor<?x4x64xbf16>
!kv = tensor<?x1x64xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x4xf32>

// Several schedules, of which the first is taken; the key says of which operation.
// LIST-LABEL: @attend
// LIST: attn.attend {{.*}}tile.candidates = #tile.candidates<key = "attend.0", shape = "{{[0-9]+}} heads per KV head and head dims {{[0-9]+}} x {{[0-9]+}}", schedules = [<tokens = {{[0-9]+}}, keys = {{[0-9]+}}{{.*}}, gpu = <{{.*}}>>, <tokens = {{.*}}, gpu = <{{.*}}>>]>}
// CHECK-LABEL: @attend
// CHECK: attn.attend {{.*}}tile.candidate = #tile.candidate<key = "attend.0", shape = "{{[0-9]+}} heads per KV head and head dims {{[0-9]+}} x {{[0-9]+}}">, tile.schedule = #tile.schedule<tokens = {{[0-9]+}}, keys = {{[0-9]+}}
func.func @attend(%q: !q, %k: !kv, %cu: !cu) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}

// Who has a schedule keeps it; what it does not say of a GPU is written.
// LIST-LABEL: @kept
// LIST-NOT: tile.candidates
// LIST: tile.schedule = #tile.schedule<tokens = 16, keys = 32, gpu = <stages = 2>>
// CHECK-LABEL: @kept
// CHECK-NOT: tile.candidate
// CHECK: tile.schedule = #tile.schedule<tokens = 16, keys = 32, gpu = <stages = 2>>
func.func @kept(%q: !q, %k: !kv, %cu: !cu) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu
      {tile.schedule = #tile.schedule<tokens = 16, keys = 32>}
      : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}

// A group is one kernel, and the operations in it have no candidates of their own.
// LIST-LABEL: @gated
// LIST: attn.group attributes {tile.candidates = #tile.candidates<key = "gated.0", {{.*}}>}
// LIST-NOT: tile.candidates
// LIST: attn.yield
// LIST: attn.attend {{.*}}tile.candidates = #tile.candidates<key = "gated.1"
// CHECK-LABEL: @gated
// CHECK: attn.group attributes {tile.candidate = #tile.candidate<key = "gated.0", shape = "{{[0-9]+}} heads per KV head {{.*}}, 1 branches of 4 heads of 64">
// CHECK: attn.attend {{.*}}tile.candidate = #tile.candidate<key = "gated.1"
func.func @gated(%q: !q, %k: !kv, %cu: !cu, %g: tensor<?x4x1xf32>) -> (!q, !q) {
  %x = attn.group {
    %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %c = attn.combine %o gates %g values : (!q, tensor<?x4x1xf32>) -> !q
    attn.yield %c : !q
  } : !q
  %y, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, !kv, !kv, !cu -> !q, !lse
  return %x, %y : !q, !q
}

!w = tensor<?x1x256xbf16>

// Accumulators of 256 columns leave no registers for two more branches: no schedule fits,
// and the group goes apart at once.
// CHECK-LABEL: @too_wide_to_fuse
// CHECK-NOT: attn.group
// CHECK: attn.attend {{.*}}tile.candidate = #tile.candidate<key = "too_wide_to_fuse.0.0"
// CHECK: attn.combine {{.*}}tile.candidate = #tile.candidate<key = "too_wide_to_fuse.0.1"
func.func @too_wide_to_fuse(%q: !w, %a: !w, %b: !w, %cu: !cu, %g: tensor<?x1x3xf32>) -> !w {
  %x = attn.group {
    %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu
        : !w, !w, !w, !cu -> !w, tensor<?x1xf32>
    %c = attn.combine %o, %a, %b gates %g values : (!w, !w, !w, tensor<?x1x3xf32>) -> !w
    attn.yield %c : !w
  } : !w
  return %x : !w
}

// Groups that make no whole tiles take padded rows; those that do take none.
// CHECK-LABEL: @padded
// CHECK: attn.attend {{.*}}#attn.causal{{.*}}tile.schedule = #tile.schedule<tokens = 32, keys = {{[0-9]+}}{{.*}}group_rows = 6, gpu = <
func.func @padded(%q: tensor<?x5x64xbf16>, %k: !kv, %cu: !cu) -> tensor<?x5x64xbf16> {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x5x64xbf16>, !kv, !kv, !cu -> tensor<?x5x64xbf16>, tensor<?x5xf32>
  return %o : tensor<?x5x64xbf16>
}

// CHECK-LABEL: @twelve
// CHECK-NOT: group_rows
// CHECK: #tile.schedule<tokens = 16, keys
// CHECK-NOT: group_rows
// CHECK-LABEL: @sums
// CHECK: attn.score_blocks {{.*}}group_rows = 16, gpu = <
func.func @twelve(%q: tensor<?x12x64xbf16>, %k: !kv, %cu: !cu) -> tensor<?x12x64xbf16> {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x12x64xbf16>, !kv, !kv, !cu -> tensor<?x12x64xbf16>, tensor<?x12xf32>
  return %o : tensor<?x12x64xbf16>
}

// Sums over heads fold halves of rows: a power of two.
func.func @sums(%q: tensor<?x12x64xbf16>, %k: !kv, %l: tensor<?x12xf32>, %cu: !cu) -> tensor<?x1x?xf32> {
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16> into #attn.selected<block = 64> in %k, %l, %cu
      : tensor<?x12x64xbf16>, !kv, tensor<?x12xf32>, !cu -> tensor<?x1x?xf32>
  return %s : tensor<?x1x?xf32>
}

// More heads than a warpgroup has rows: 64 of them at a time.
// CHECK-LABEL: @sums_in_parts
// CHECK: attn.score_blocks {{.*}}group_rows = 64, gpu = <
func.func @sums_in_parts(%q: tensor<?x96x64xbf16>, %k: !kv, %l: tensor<?x96xf32>, %cu: !cu) -> tensor<?x1x?xf32> {
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16> into #attn.selected<block = 64> in %k, %l, %cu
      : tensor<?x96x64xbf16>, !kv, tensor<?x96xf32>, !cu -> tensor<?x1x?xf32>
  return %s : tensor<?x1x?xf32>
}

// Lists of 64 tokens with 64 blocks each are more than a warp holds: half the tokens.
// CHECK-LABEL: @long_lists
// CHECK: tile.schedule = #tile.schedule<tokens = 32, {{.*}}group_rows = 2, gpu = <
func.func @long_lists(%q: !kv, %k: !kv, %cu: !cu, %i: tensor<?x1x64xi32>) -> !kv {
  %o, %l = attn.attend %q sees #attn.selected<block = 64> in %k, %k, %cu indices(%i : tensor<?x1x64xi32>) : !kv, !kv, !kv, !cu -> !kv, tensor<?x1xf32>
  return %o : !kv
}

// An odd number of heads makes no 64 rows: one head of 64 tokens at a time.
// CHECK-LABEL: @odd_combine
// CHECK: attn.combine {{.*}}#tile.schedule<tokens = 64, keys = 16, group_rows = 1, gpu = <
func.func @odd_combine(%x: tensor<?x33x64xbf16>, %g: tensor<?x33x1xf32>) -> tensor<?x33x64xbf16> {
  %c = attn.combine %x gates %g values : (tensor<?x33x64xbf16>, tensor<?x33x1xf32>) -> tensor<?x33x64xbf16>
  return %c : tensor<?x33x64xbf16>
}

// Index scores in MiniMax-M3's shape: rows are tokens, whose lists of 16 leave room for three
// warpgroups and a whole block of keys, lists of 128 for two.
// CHECK-LABEL: @index
// CHECK: attn.group attributes {{.*}}tile.schedule = #tile.schedule<tokens = 192, keys = 128
// CHECK: attn.group attributes {{.*}}tile.schedule = #tile.schedule<tokens = 128, keys = 128
// CPU-LABEL: @index
func.func @index(%iq: tensor<?x4x128xbf16>, %ik: tensor<?x1x128xbf16>, %cu: !cu) -> (tensor<?x4x16xi32>, tensor<?x4x128xi32>) {
  %g = attn.group {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 128> in %ik, %cu : tensor<?x4x128xbf16>, tensor<?x1x128xbf16>, !cu -> tensor<?x4x?xf32>
    %i = attn.select_topk %s, %cu of #attn.selected<block = 128> top 16 initial 0 local 1 : tensor<?x4x?xf32>, !cu -> tensor<?x4x16xi32>
    attn.yield %i : tensor<?x4x16xi32>
  } : tensor<?x4x16xi32>
  %h = attn.group {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 128> in %ik, %cu : tensor<?x4x128xbf16>, tensor<?x1x128xbf16>, !cu -> tensor<?x4x?xf32>
    %i = attn.select_topk %s, %cu of #attn.selected<block = 128> top 128 initial 0 local 1 : tensor<?x4x?xf32>, !cu -> tensor<?x4x128xi32>
    attn.yield %i : tensor<?x4x128xi32>
  } : tensor<?x4x128xi32>
  return %g, %h : tensor<?x4x16xi32>, tensor<?x4x128xi32>
}

// Two sums in one kernel, where a thread has no room to load one of them and a branch beside an
// accumulator of 256 columns: the first one keeps its attention, the gates that load are a kernel by
// themselves. With a sum alone both are one kernel.
// LIST-LABEL: @chain
// LIST: attn.group attributes {tile.candidates = #tile.candidates<key = "chain.0.0"
// LIST-NEXT: attn.attend
// LIST-NEXT: attn.combine {{.*}} columns [0] values :
// LIST-NEXT: attn.yield
// LIST: attn.attend {{.*}} sees #attn.window<64> {{.*}}tile.candidates = #tile.candidates<key = "chain.0.1.0"
// LIST-NEXT: attn.combine {{.*}} onto %{{.+}} {tile.candidates = #tile.candidates<key = "chain.0.1.1"
// LIST-LABEL: @joined
// LIST: attn.group attributes {tile.candidates = #tile.candidates<key = "joined.0"
// LIST-COUNT-2: attn.attend
func.func @chain(%given: tensor<?x4x256xbf16>, %q: tensor<?x4x256xbf16>, %k: tensor<?x2x256xbf16>, %g: tensor<?x4x2xbf16>, %cu: !cu) -> tensor<?x4x256xbf16> {
  %o = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x256xbf16>, tensor<?x2x256xbf16>, tensor<?x2x256xbf16>, !cu -> tensor<?x4x256xbf16>, !lse
    %s = attn.combine %a gates %g columns [0] values : (tensor<?x4x256xbf16>, tensor<?x4x2xbf16>) -> tensor<?x4x256xbf16>
    %b, %m = attn.attend %q sees #attn.window<64> in %k, %k, %cu : tensor<?x4x256xbf16>, tensor<?x2x256xbf16>, tensor<?x2x256xbf16>, !cu -> tensor<?x4x256xbf16>, !lse
    %t = attn.combine %b, %given gates %g columns [1, 0] values onto %s : (tensor<?x4x256xbf16>, tensor<?x4x256xbf16>, tensor<?x4x2xbf16>, tensor<?x4x256xbf16>) -> tensor<?x4x256xbf16>
    attn.yield %t : tensor<?x4x256xbf16>
  } : tensor<?x4x256xbf16>
  return %o : tensor<?x4x256xbf16>
}
func.func @joined(%q: tensor<?x4x256xbf16>, %k: tensor<?x2x256xbf16>, %g: tensor<?x4x2xbf16>, %cu: !cu) -> tensor<?x4x256xbf16> {
  %o = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x256xbf16>, tensor<?x2x256xbf16>, tensor<?x2x256xbf16>, !cu -> tensor<?x4x256xbf16>, !lse
    %s = attn.combine %a gates %g columns [0] values : (tensor<?x4x256xbf16>, tensor<?x4x2xbf16>) -> tensor<?x4x256xbf16>
    %b, %m = attn.attend %q sees #attn.window<64> in %k, %k, %cu : tensor<?x4x256xbf16>, tensor<?x2x256xbf16>, tensor<?x2x256xbf16>, !cu -> tensor<?x4x256xbf16>, !lse
    %t = attn.combine %b gates %g columns [1] values onto %s : (tensor<?x4x256xbf16>, tensor<?x4x2xbf16>, tensor<?x4x256xbf16>) -> tensor<?x4x256xbf16>
    attn.yield %t : tensor<?x4x256xbf16>
  } : tensor<?x4x256xbf16>
  return %o : tensor<?x4x256xbf16>
}
