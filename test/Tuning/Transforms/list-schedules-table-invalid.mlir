// A file that is no table, or one whose schedule the kernel cannot have, is one error.
// RUN: not fovea-opt %s --attn-list-schedules="table=%t.none" 2>&1 | FileCheck %s --check-prefix=NONE --implicit-check-not=error:
// NONE: error: expected a table of schedules: cannot open input file '{{.*}}.none'
// RUN: echo '{"fovea_schedule_table": 9}' > %t.version.json
// RUN: not fovea-opt %s --attn-list-schedules="table=%t.version.json" 2>&1 | FileCheck %s --check-prefix=VERSION --implicit-check-not=error:
// VERSION: version.json:1:1: error: expected a table of schedules of format 1, got 9
// RUN: %python %S/Inputs/make-table.py %t.json 'sm_90a: attend<group = 4, dims = 64 x 64, type = bf16, keys = #attn.causal>' '#tile.schedule<tokens = 12, keys = 64, gpu = <stages = 3>>'
// RUN: not fovea-opt %s --attn-list-schedules="table=%t.json" 2>&1 | FileCheck %s --implicit-check-not=error:
// CHECK: list-schedules-table-invalid.mlir:[[# @LINE + 6]]:{{[0-9]+}}: error: 'attn.attend' op expected a schedule that this kernel can have on sm_90a in entries[0] of {{.*}}.json, got #tile.schedule<tokens = 12, keys = 64, gpu = <stages = 3>>: measure again
// Another target's kernels are others.
// RUN: fovea-opt %s --attn-list-schedules="target=sm_80 table=%t.json" -o %t.mlir

!q = tensor<?x4x64xbf16>
func.func @attend(%q: !q, %k: tensor<?x1x64xbf16>, %v: tensor<?x1x64xbf16>, %cu: tensor<?xi32>) -> !q {
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32> -> !q, tensor<?x4xf32>
  return %o : !q
}
