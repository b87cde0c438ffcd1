// Rows that are gathered are those where they are, and 0 where they are not in the view or not before `count`; a
// flat box is of elements one after another.
// RUN: split-file %s %t
// RUN: fovea-interpret %t/gathered.mlir --against=%t/plain.mlir --entry=copy --grid=1,1 --lengths=37 | FileCheck %s
// RUN: sed 's/-7/-6/' %t/gathered.mlir > %t/other.mlir
// RUN: not fovea-interpret %t/other.mlir --against=%t/plain.mlir --entry=copy --grid=1,1 --lengths=37 | FileCheck %s --check-prefix=OTHER
// CHECK: ok: {{[0-9]+}} orders
// OTHER: numbers

//--- gathered.mlir
tile.kernel @copy(%x: memref<?x2x8xf32>, %y: memref<?x2x8xf32>, %z: memref<?x2x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c6 = arith.constant 6 : index
  %c48 = arith.constant 48 : index
  %rows = tile.positions %c3 : tensor<8xi32>
  %a = tile.load %x[%c1, %c0, %c0] rows %rows sizes [8, 2, 8] count %c6
      : memref<?x2x8xf32>, tensor<8xi32> -> tensor<16x8xf32>
  tile.store %a, %y[%c0, %c0, %c0] sizes [8, 2, 8] : tensor<16x8xf32>, memref<?x2x8xf32>
  %back = arith.constant dense<-7> : tensor<8xi32>
  %before = arith.addi %rows, %back : tensor<8xi32>
  %b = tile.load %x[%c3, %c1, %c0] rows %before sizes [8, 1, 8]
      : memref<?x2x8xf32>, tensor<8xi32> -> tensor<8x8xf32>
  tile.store %b, %z[%c0, %c1, %c0] sizes [8, 1, 8] : tensor<8x8xf32>, memref<?x2x8xf32>
  %c = tile.load %x[%c48] flat sizes [16] : memref<?x2x8xf32> -> tensor<16xf32>
  tile.store %c, %z[%c0, %c0, %c0] sizes [2, 1, 8] : tensor<16xf32>, memref<?x2x8xf32>
  tile.return
}

//--- plain.mlir
tile.kernel @copy(%x: memref<?x2x8xf32>, %y: memref<?x2x8xf32>, %z: memref<?x2x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c6 = arith.constant 6 : index
  %a = tile.load %x[%c4, %c0, %c0] sizes [8, 2, 8] count %c6 : memref<?x2x8xf32> -> tensor<16x8xf32>
  tile.store %a, %y[%c0, %c0, %c0] sizes [8, 2, 8] : tensor<16x8xf32>, memref<?x2x8xf32>
  %zero = arith.constant dense<0.0> : tensor<1x8xf32>
  tile.store %zero, %z[%c0, %c1, %c0] sizes [1, 1, 8] : tensor<1x8xf32>, memref<?x2x8xf32>
  %b = tile.load %x[%c0, %c1, %c0] sizes [7, 1, 8] : memref<?x2x8xf32> -> tensor<7x8xf32>
  tile.store %b, %z[%c1, %c1, %c0] sizes [7, 1, 8] : tensor<7x8xf32>, memref<?x2x8xf32>
  %c = tile.load %x[%c3, %c0, %c0] sizes [1, 2, 8] : memref<?x2x8xf32> -> tensor<16xf32>
  tile.store %c, %z[%c0, %c0, %c0] sizes [2, 1, 8] : tensor<16xf32>, memref<?x2x8xf32>
  tile.return
}
