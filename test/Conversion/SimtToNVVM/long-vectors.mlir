// RUN: fovea-opt %s --convert-simt-to-nvvm | FileCheck %s

// What LLVM is to take apart again is no chain of more than 8 insertions: a longer
// vector is made of its halves.
// CHECK-LABEL: func.func @halves(
// CHECK:       %[[LOW:.+]] = vector.from_elements {{.*}} : vector<8xf32>
// CHECK:       %[[HIGH:.+]] = vector.from_elements {{.*}} : vector<8xf32>
// CHECK:       vector.shuffle %[[LOW]], %[[HIGH]] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] : vector<8xf32>, vector<8xf32>
func.func @halves(%a: i64, %b: i64) -> vector<16xf32> {
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<16xf32>
  %r = simt.wgmma_wait 0 %s : vector<16xf32>
  return %r : vector<16xf32>
}

// CHECK-LABEL: func.func @quarters(
// CHECK-COUNT-2: vector.from_elements {{.*}} : vector<6xf32>
// CHECK:         vector.shuffle {{.*}} : vector<6xf32>, vector<6xf32>
// CHECK-COUNT-2: vector.from_elements {{.*}} : vector<6xf32>
// CHECK:         vector.shuffle {{.*}} : vector<6xf32>, vector<6xf32>
// CHECK:         vector.shuffle {{.*}} : vector<12xf32>, vector<12xf32>
func.func @quarters(%a: i64, %b: i64) -> vector<24xf32> {
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<24xf32>
  %r = simt.wgmma_wait 0 %s : vector<24xf32>
  return %r : vector<24xf32>
}

// CHECK-LABEL: func.func @short(
// CHECK:       vector.from_elements {{.*}} : vector<8xf32>
// CHECK-NOT:   vector.shuffle
func.func @short(%a: i64, %b: i64) -> vector<8xf32> {
  %s = simt.wgmma bf16 %a, %b : i64 -> vector<8xf32>
  %r = simt.wgmma_wait 0 %s : vector<8xf32>
  return %r : vector<8xf32>
}
