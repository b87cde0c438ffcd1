// RUN: fovea-opt %s --attn-choose-schedules --attn-estimate-work=tokens=100 | FileCheck %s
// RUN: fovea-opt %s --attn-choose-schedules --attn-estimate-work | FileCheck %s --check-prefix=DEFAULT
// RUN: fovea-opt %s --attn-choose-schedules --attn-estimate-work=tokens=100 --convert-attn-to-tile | FileCheck %s --check-prefix=KERNEL

!q = tensor<?x4x64xbf16>
!kv = tensor<?x1x64xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x4xf32>
!gates = tensor<?x4x1xbf16>

// 5050 pairs, 4 heads, 128 columns; q and out of 51200 bytes each, k and v of 12800 each; each
// tile of 16 queries reads 5050 / 16 keys on average.
// CHECK-LABEL: @attend
// CHECK: attn.attend {{.*}}tile.work = #tile.work<flops = 5171200, exps = 20200, bytes = 128000, key_bytes = 80800>
// DEFAULT-LABEL: @attend
// DEFAULT: exps = 8590065664
// KERNEL: tile.kernel private @attend_attend({{.*}}tile.work = #tile.work<flops = 5171200, exps = 20200, bytes = 128000, key_bytes = 80800>
func.func @attend(%q: !q, %k: !kv, %v: !kv, %cu: !cu) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu
      {tile.schedule = #tile.schedule<tokens = 16, keys = 32>}
      : !q, !kv, !kv, !cu -> !q, !lse
  return %o : !q
}

// A group counts as one kernel: what stays inside of it is no traffic, and its operations
// have no count of their own.
// CHECK-LABEL: @group
// CHECK: attn.group attributes {tile.work = #tile.work<flops = 5171200, exps = 20200, bytes = 128800,
// CHECK-NOT: tile.work
func.func @group(%q: !q, %k: !kv, %v: !kv, %gates: !gates, %cu: !cu) -> !q {
  %g = attn.group {
    %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %c = attn.combine %o gates %gates logits : (!q, !gates) -> !q
    attn.yield %c : !q
  } : !q
  return %g : !q
}

// 5050 pairs of 4 index heads of 64 columns, and no exponential. iq is 51200 bytes, ik
// 12800, the weights 1600, lists of 2 numbers 800; each tile of 16 reads 5050 / 16 keys.
// CHECK-LABEL: @index
// CHECK: attn.group attributes {tile.schedule = {{.*}}tile.work = #tile.work<flops = 2585600, exps = 0, bytes = 66400, key_bytes = 40400>
func.func @index(%iq: !q, %ik: !kv, %w: !lse, %cu: !cu) -> tensor<?x1x2xi32> {
  %g = attn.group attributes {tile.schedule = #tile.schedule<tokens = 16, keys = 64>} {
    %s = attn.index_blocks %iq over #attn.causal into #attn.selected<block = 64> in %ik, %cu through relu weights(%w : !lse) : !q, !kv, !cu -> tensor<?x1x?xf32>
    %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 2 initial 0 local 1 : tensor<?x1x?xf32>, !cu -> tensor<?x1x2xi32>
    attn.yield %i : tensor<?x1x2xi32>
  } : tensor<?x1x2xi32>
  return %g : tensor<?x1x2xi32>
}
