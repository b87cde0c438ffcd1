// Rows of a box below `from` are 0, and may lie before the view.
// RUN: split-file %s %t
// RUN: fovea-interpret %t/from.mlir --against=%t/plain.mlir --entry=copy --grid=1,1 --lengths=37 | FileCheck %s
// RUN: sed 's/from = arith.constant 3/from = arith.constant 4/' %t/from.mlir > %t/other.mlir
// RUN: not fovea-interpret %t/other.mlir --against=%t/plain.mlir --entry=copy --grid=1,1 --lengths=37 | FileCheck %s --check-prefix=OTHER
// RUN: sed 's/from = arith.constant 3/from = arith.constant 2/' %t/from.mlir > %t/before.mlir
// RUN: not fovea-interpret %t/before.mlir --against=%t/plain.mlir --entry=copy --grid=1,1 --lengths=37 | FileCheck %s --check-prefix=BEFORE
// CHECK: ok: {{[0-9]+}} orders
// OTHER: numbers
// BEFORE: expected a box inside of the view

//--- from.mlir
tile.kernel @copy(%x: memref<?x2x8xf32>, %y: memref<?x2x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %from = arith.constant 3 : index
  %back = arith.constant 3 : index
  %c6 = arith.constant 6 : index
  %zero = tile.program_id 0
  %before = arith.subi %zero, %back : index
  %a = tile.load %x[%before, %c1, %c0] sizes [8, 1, 8] from %from count %c6 : memref<?x2x8xf32> -> tensor<8x8xf32>
  tile.store %a, %y[%c0, %c0, %c0] sizes [8, 1, 8] step 2 : tensor<8x8xf32>, memref<?x2x8xf32>
  tile.return
}

//--- plain.mlir
tile.kernel @copy(%x: memref<?x2x8xf32>, %y: memref<?x2x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c12 = arith.constant 12 : index
  %z = arith.constant dense<0.0> : tensor<3x8xf32>
  %z2 = arith.constant dense<0.0> : tensor<2x8xf32>
  tile.store %z, %y[%c0, %c0, %c0] sizes [3, 1, 8] step 2 : tensor<3x8xf32>, memref<?x2x8xf32>
  %a = tile.load %x[%c0, %c1, %c0] sizes [3, 1, 8] : memref<?x2x8xf32> -> tensor<3x8xf32>
  tile.store %a, %y[%c6, %c0, %c0] sizes [3, 1, 8] step 2 : tensor<3x8xf32>, memref<?x2x8xf32>
  tile.store %z2, %y[%c12, %c0, %c0] sizes [2, 1, 8] step 2 : tensor<2x8xf32>, memref<?x2x8xf32>
  tile.return
}
