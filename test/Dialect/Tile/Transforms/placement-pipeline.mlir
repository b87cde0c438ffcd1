// RUN: fovea-opt %s --attn-expand-spec --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile --canonicalize --tile-place --tile-specialize --tile-place-waits | FileCheck %s

// From a spec: queries wait in a ring of their own, keys and values in one each, and both
// products of a visit are waited for before their slots go back.
// CHECK-LABEL: tile.kernel private @dense_forward_attend
// CHECK-DAG:   %[[Q:.+]] = tile.make_ring : !tile.ring<{{.+}} x tensor<{{[0-9]+}}x64xbf16, #tile.shared<swizzle = 128>>>
// CHECK-DAG:   %[[V:.+]] = tile.make_ring : !tile.ring<{{.+}} x tensor<{{[0-9]+}}x32xbf16, #tile.shared<swizzle = 64>>>
// CHECK:       tile.specialize producer {
// CHECK:         tile.for_visits
// CHECK:           tile.put
// CHECK:           tile.put %[[V]]
// CHECK:       } consumers
// CHECK:         tile.for_visits
// CHECK:           tile.clear_rows
// CHECK:           %[[S:.+]] = tile.issue_dot {{.*}} transpose_rhs
// CHECK:           tile.wait %[[S]]
// CHECK:           %[[O:.+]] = tile.issue_dot
// CHECK:           tile.wait %[[O]]
// CHECK:           tile.release %[[V]]
// CHECK-NOT:   tile.dot
// CHECK-NOT:   tile.program_id
attn.spec @dense heads 8 over 2 dims 64 x 32 of bf16 {
  attn.branch @all sees #attn.causal
}
