// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s

// Rows before `count` are copied, the others are 0 and not read.
// CHECK-LABEL: func.func private @tail
// CHECK-SAME:    %[[VIEW:.+]]: memref<?x2x16xf32>, %{{.+}}: memref<?x2x16xf32>, %[[COUNT:[a-z0-9]+]]: index
// CHECK:         %[[LOW:.+]] = arith.maxsi %[[COUNT]], %c0
// CHECK:         %[[VALID:.+]] = arith.minsi %[[LOW]], %c4
// CHECK:         scf.for %{{.+}} = %c0 to %[[VALID]]
// CHECK:           vector.load %[[VIEW]]
// CHECK:         scf.for %{{.+}} = %[[VALID]] to %c4
// CHECK-NOT:       vector.load
// CHECK:           vector.store %[[ZERO:.+]], %{{.+}} : memref<8x16xf32>
tile.kernel @tail(%x: memref<?x2x16xf32>, %y: memref<?x2x16xf32>, %count: index) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0, %c0] sizes [4, 2, 16] count %count
      : memref<?x2x16xf32> -> tensor<8x16xf32>
  tile.store %a, %y[%c0, %c0, %c0] sizes [4, 2, 16] count %count
      : tensor<8x16xf32>, memref<?x2x16xf32>
  tile.return
}

// Whole f32 rows that follow one another are read where they are.
// CHECK-LABEL: func.func private @direct
// CHECK:         %[[WHOLE:.+]] = arith.cmpi sge, %{{.+}}, %c64
// CHECK:         %[[KEYS:.+]] = scf.if %[[WHOLE]]
// CHECK:           %[[PART:.+]] = memref.subview %{{.+}}[%{{.+}}, 0, 0] [64, 1, 32] [1, 1, 1]
// CHECK:           scf.yield %[[PART]]
// CHECK:         } else {
// CHECK:           %[[CAST:.+]] = memref.cast
// CHECK:           scf.yield %[[CAST]]
// CHECK:         memref.load %[[KEYS]]
tile.kernel @direct(%q: memref<16x32xf32>, %k: memref<?x1x32xf32>, %s: memref<16x64xf32>,
                    %first: index, %count: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<16x64xf32>
  %qt = tile.load %q[%c0, %c0] sizes [16, 32] : memref<16x32xf32> -> tensor<16x32xf32>
  %kt = tile.load %k[%first, %c0, %c0] sizes [64, 1, 32] count %count
      : memref<?x1x32xf32> -> tensor<64x32xf32>
  %d = tile.dot %qt, %kt, %zero transpose_rhs
      : tensor<16x32xf32>, tensor<64x32xf32> -> tensor<16x64xf32>
  tile.store %d, %s[%c0, %c0] sizes [16, 64] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// Not when the kernel writes the view, nor when rows lie apart.
// CHECK-LABEL: func.func private @copied
// CHECK-NOT:     memref.subview
tile.kernel @copied(%x: memref<?x32xf32> {tile.in_place}, %y: memref<?x2x32xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 32] : memref<?x32xf32> -> tensor<8x32xf32>
  %b = tile.load %y[%c0, %c0, %c0] sizes [8, 1, 32] : memref<?x2x32xf32> -> tensor<8x32xf32>
  %c = arith.addf %a, %b : tensor<8x32xf32>
  tile.store %c, %x[%c0, %c0] sizes [8, 32] : tensor<8x32xf32>, memref<?x32xf32>
  tile.return
}

// Rows past the heads of a token are 0, not read and not written; so are columns, where
// the heads are columns.
// CHECK-LABEL: func.func private @padded
// CHECK-SAME:    %[[X:.+]]: memref<?x3x16xf32>, %[[L:.+]]: memref<?x3xf32>
// CHECK:         scf.for %{{.+}} = %c0 to %c4
// CHECK:           scf.for %{{.+}} = %c0 to %c3
// CHECK:             vector.load %[[X]]
// CHECK:         scf.for %{{.+}} = %c0 to %c4
// CHECK:           vector.store %{{.+}} : memref<16x16xf32>
// CHECK:         scf.for %{{.+}} = %c0 to %c4
// CHECK:           scf.for %{{.+}} = %c0 to %c3
// CHECK:             memref.load %[[L]]
// CHECK:         scf.for %{{.+}} = %c0 to %c4
// CHECK:           scf.for %{{.+}} = %c0 to %c3
// CHECK:             vector.store %{{.+}}, %[[X]]
// CHECK:         scf.for %{{.+}} = %c0 to %c4
// CHECK:           scf.for %{{.+}} = %c0 to %c3
// CHECK:             memref.store %{{.+}}, %[[L]]
tile.kernel @padded(%x: memref<?x3x16xf32> {tile.in_place}, %l: memref<?x3xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0, %c0] sizes [4, 4, 16] within 3
      : memref<?x3x16xf32> -> tensor<16x16xf32>
  %b = tile.load %l[%c0, %c0] sizes [4, 4] within 3 : memref<?x3xf32> -> tensor<16xf32>
  tile.store %a, %x[%c0, %c0, %c0] sizes [4, 4, 16] within 3
      : tensor<16x16xf32>, memref<?x3x16xf32>
  tile.store %b, %l[%c0, %c0] sizes [4, 4] within 3 : tensor<16xf32>, memref<?x3xf32>
  tile.return
}

// Rows that are gathered are looked up one by one, and copied where they are in the view; a flat view is one dim.
// CHECK-LABEL: func.func private @gathered
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x2x16xf32>, %[[E:[a-z0-9]+]]: memref<?x2x3xi32>, %{{.+}}: memref<?x2x16xf32>, %[[COUNT:[a-z0-9]+]]: index
// CHECK-DAG:     %[[FLAT:.+]] = memref.collapse_shape %[[E]] {{.*}}0, 1, 2
// CHECK:         memref.load %[[FLAT]]
// CHECK:         scf.for %[[I:.+]] = %c0 to %{{.+}} step
// CHECK:           memref.load %[[TOKENS:.+]][%[[I]]]
// CHECK:           %[[IS_THERE:.+]] = arith.cmpi ult, %{{.+}}, %{{.+}} : index
// CHECK:           scf.if %[[IS_THERE]] {
// CHECK:             vector.load %[[X]]
// CHECK:           } else {
// CHECK-NOT:         vector.load
// CHECK:             vector.store
tile.kernel @gathered(%x: memref<?x2x16xf32>, %e: memref<?x2x3xi32>, %y: memref<?x2x16xf32>, %count: index) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %t = tile.load %e[%c8] flat sizes [4] count %count : memref<?x2x3xi32> -> tensor<4xi32>
  %a = tile.load %x[%c0, %c0, %c0] rows %t sizes [4, 2, 16] count %count
      : memref<?x2x16xf32>, tensor<4xi32> -> tensor<8x16xf32>
  tile.store %a, %y[%c0, %c0, %c0] sizes [4, 2, 16] count %count
      : tensor<8x16xf32>, memref<?x2x16xf32>
  tile.return
}

// Of pages those that have a row before the count are copied, where they are in the view, and rows from it on cleared.
// CHECK-LABEL: func.func private @pages
// CHECK-SAME:    %[[CACHE:[a-z0-9]+]]: memref<?x16x2x32xf32>, %{{[a-z0-9]+}}: memref<?xi32>, %{{.+}}: memref<?x32xf32>, %[[COUNT:[a-z0-9]+]]: index
// CHECK:         %[[LOW:.+]] = arith.maxsi %[[COUNT]], %c0
// CHECK:         %[[ROWS:.+]] = arith.minsi %[[LOW]], %c64
// CHECK:         %[[MORE:.+]] = arith.addi %[[ROWS]], %c15
// CHECK:         %[[PAGES:.+]] = arith.divui %[[MORE]], %c16
// CHECK:         scf.for %{{.+}} = %c0 to %[[PAGES]]
// CHECK:           arith.cmpi ult
// CHECK:             vector.load %[[CACHE]]
// CHECK:         scf.for %{{.+}} = %[[PAGES]] to %c4
// CHECK-NOT:       vector.load
// CHECK:         %[[END:.+]] = arith.muli %[[PAGES]], %c16
// CHECK:         scf.for %{{.+}} = %[[ROWS]] to %[[END]]
// CHECK-NOT:       vector.load
// CHECK:           vector.store
tile.kernel @pages(%cache: memref<?x16x2x32xf32>, %table: memref<?xi32>, %y: memref<?x32xf32>, %count: index) {
  %c0 = arith.constant 0 : index
  %numbers = tile.load %table[%c0] sizes [4] : memref<?xi32> -> tensor<4xi32>
  %a = tile.load %cache[%c0, %c0, %c0, %c0] rows %numbers sizes [4, 16, 1, 32] count %count rowwise
      : memref<?x16x2x32xf32>, tensor<4xi32> -> tensor<64x32xf32>
  tile.store %a, %y[%c0, %c0] sizes [64, 32] : tensor<64x32xf32>, memref<?x32xf32>
  tile.return
}

// Rows below `from` are 0 and not read.
// CHECK-LABEL: func.func private @from
// CHECK-SAME:    %[[VIEW:[a-z0-9]+]]: memref<?x16xf32>, %{{.+}}: memref<?x16xf32>, %{{[a-z0-9]+}}: index, %[[FROM:[a-z0-9]+]]: index, %[[COUNT:[a-z0-9]+]]: index
// CHECK:         %[[LOW:.+]] = arith.maxsi %[[COUNT]], %c0
// CHECK:         %[[VALID:.+]] = arith.minsi %[[LOW]], %c4
// CHECK:         %[[LEAST:.+]] = arith.maxsi %[[FROM]], %c0
// CHECK:         %[[FIRST:.+]] = arith.minsi %[[LEAST]], %[[VALID]]
// CHECK:         scf.for %{{.+}} = %[[FIRST]] to %[[VALID]]
// CHECK:           vector.load %[[VIEW]]
// CHECK:         scf.for %{{.+}} = %c0 to %[[FIRST]]
// CHECK-NOT:       vector.load
// CHECK:         scf.for %{{.+}} = %[[VALID]] to %c4
tile.kernel @from(%x: memref<?x16xf32>, %y: memref<?x16xf32>, %row: index, %from: index, %count: index) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%row, %c0] sizes [4, 16] from %from count %count : memref<?x16xf32> -> tensor<4x16xf32>
  tile.store %a, %y[%c0, %c0] sizes [4, 16] : tensor<4x16xf32>, memref<?x16xf32>
  tile.return
}

// A transposed tile is written an element at a time.
// CHECK-LABEL: func.func private @transposed
// CHECK-SAME:    %[[VIEW:[a-z0-9]+]]: memref<?x16xf32>
// CHECK:         scf.for %[[ROW:.+]] = %c0 to %{{.+}} step
// CHECK:           scf.for %[[COLUMN:.+]] = %c0 to %c16
// CHECK:             %[[VALUE:.+]] = memref.load %[[VIEW]][%{{.+}}, %[[COLUMN]]]
// CHECK:             memref.store %[[VALUE]], %{{.+}}[%[[COLUMN]], %[[ROW]]] : memref<16x4xf32>
tile.kernel @transposed(%x: memref<?x16xf32>, %y: memref<?x4xf32>, %row: index, %count: index) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%row, %c0] sizes [4, 16] count %count transposed : memref<?x16xf32> -> tensor<16x4xf32>
  tile.store %a, %y[%c0, %c0] sizes [16, 4] : tensor<16x4xf32>, memref<?x4xf32>
  tile.return
}
