// A transposed tile has the columns of the box as rows.
// RUN: split-file %s %t
// RUN: fovea-interpret %t/transposed.mlir --against=%t/plain.mlir --entry=copy --grid=1,1 --lengths=37 | FileCheck %s
// RUN: sed 's/constant 5/constant 4/' %t/transposed.mlir > %t/other.mlir
// RUN: not fovea-interpret %t/other.mlir --against=%t/plain.mlir --entry=copy --grid=1,1 --lengths=37 | FileCheck %s --check-prefix=OTHER
// CHECK: ok: {{[0-9]+}} orders
// OTHER: numbers

//--- transposed.mlir
tile.kernel @copy(%x: memref<?x2x16xbf16>, %y: memref<?x16x8xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %count = arith.constant 5 : index
  %a = tile.load %x[%c1, %c1, %c0] sizes [8, 1, 16] step 3 count %count transposed : memref<?x2x16xbf16> -> tensor<16x8xbf16>
  tile.store %a, %y[%c0, %c0, %c0] sizes [1, 16, 8] : tensor<16x8xbf16>, memref<?x16x8xbf16>
  tile.return
}

//--- plain.mlir
tile.kernel @copy(%x: memref<?x2x16xbf16>, %y: memref<?x16x8xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c16 = arith.constant 16 : index
  %z = arith.constant dense<0.0> : tensor<128xbf16>
  tile.store %z, %y[%c0, %c0, %c0] sizes [1, 16, 8] : tensor<128xbf16>, memref<?x16x8xbf16>
  scf.for %i = %c0 to %c5 step %c1 {
    %row = arith.muli %i, %c3 : index
    %next = arith.addi %row, %c1 : index
    scf.for %c = %c0 to %c16 step %c1 {
      %e = tile.load %x[%next, %c1, %c] sizes [1, 1, 1] : memref<?x2x16xbf16> -> tensor<1xbf16>
      tile.store %e, %y[%c0, %c, %i] sizes [1, 1, 1] : tensor<1xbf16>, memref<?x16x8xbf16>
    }
  }
  tile.return
}
