// RUN: fovea-opt %s --fovea-cpu | FileCheck %s
// RUN: fovea-opt %s --fovea-cpu=mcpu=sapphirerapids | FileCheck %s --check-prefix=WIDE
// RUN: not fovea-opt %s --fovea-cpu=mcpu=pentium-99 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: expected a CPU that LLVM knows for {{.+}}, got 'pentium-99'

// CHECK-NOT: {{(tile|scf|memref|vector|arith|func)\.}}
// CHECK:     llvm.func internal @fovea.kernel
// CHECK:       vector<8xf32>
// CHECK:     llvm.func @fovea.entry
// CHECK:       omp.parallel
// CHECK:         omp.wsloop schedule(dynamic)
// CHECK:     llvm.func @_mlir_ciface_fovea.entry
// WIDE:      vector<16xf32>
tile.kernel @kernel(%x: memref<?x32xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %i = tile.program_id 0
  %a = tile.load %x[%i, %c0] sizes [1, 32] : memref<?x32xf32> -> tensor<1x32xf32>
  %b = math.exp2 %a : tensor<1x32xf32>
  tile.store %b, %x[%i, %c0] sizes [1, 32] : tensor<1x32xf32>, memref<?x32xf32>
  tile.return
}

func.func @entry(%x: memref<?x32xf32>) -> i32 attributes {tile.entry} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x32xf32>
  tile.launch @kernel grid(%n)(%x) : memref<?x32xf32>
  %zero = arith.constant 0 : i32
  return %zero : i32
}
