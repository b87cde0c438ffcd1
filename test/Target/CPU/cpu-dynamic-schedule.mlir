// RUN: fovea-opt %s --convert-scf-to-openmp --cpu-dynamic-schedule | FileCheck %s

// CHECK: omp.wsloop schedule(dynamic)
func.func @programs(%x: memref<?xf32>, %n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    memref.store %v, %x[%i] : memref<?xf32>
  }
  return
}
