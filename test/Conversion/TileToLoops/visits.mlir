// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func private @range
// CHECK-SAME:    %{{.+}}: memref<?xi32>, %[[BEGIN:.+]]: index, %[[END:.+]]: index, %[[FULL_BEGIN:.+]]: index, %[[FULL_END:.+]]: index, %{{.+}}: index, %{{.+}}: index)
// CHECK:         scf.for %[[BLOCK:.+]] = %[[BEGIN]] to %[[END]] step %c1
// CHECK:           %[[BEFORE:.+]] = arith.cmpi slt, %[[BLOCK]], %[[FULL_BEGIN]]
// CHECK:           %[[AFTER:.+]] = arith.cmpi sge, %[[BLOCK]], %[[FULL_END]]
// CHECK:           %[[MASKED:.+]] = arith.ori %[[BEFORE]], %[[AFTER]] : i1
// CHECK:           arith.extui %[[MASKED]]
tile.kernel @range(%out: memref<?xi32>, %b: index, %e: index, %fb: index, %fe: index) {
  %v = tile.visit_range %b to %e full %fb to %fe
  tile.for_visits %v : (%block: index, %tokens: tensor<4xi1>, %masked: i1) {
    %m = arith.extui %masked : i1 to i32
    memref.store %m, %out[%block] : memref<?xi32>
    tile.yield
  }
  tile.return
}

// The union of lists: the smallest listed block past the last one, then who listed it.
// CHECK-LABEL: func.func private @lists
// CHECK-DAG:     %[[LISTS:.+]] = memref.alloca() {{.*}} : memref<4x16xi32>
// CHECK-DAG:     %[[TOKENS:.+]] = memref.alloca() {{.*}} : memref<4xi8>
// CHECK:         scf.while
// CHECK:           %[[NEXT:.+]] = vector.reduction <minsi>, %{{.+}} : vector<16xi32> into i32
// CHECK:           %[[BLOCK:.+]] = arith.index_cast %[[NEXT]]
// CHECK:           %[[FOUND:.+]] = arith.cmpi slt, %[[BLOCK]], %{{.+}}
// CHECK:           scf.condition(%[[FOUND]]) %[[BLOCK]]
// CHECK:           %[[LISTED:.+]] = vector.reduction <or>, %{{.+}} : vector<16xi1> into i1
// CHECK:           %[[BYTE:.+]] = arith.extui %[[LISTED]] : i1 to i8
// CHECK:           memref.store %[[BYTE]], %[[TOKENS]]
tile.kernel @lists(%x: memref<4x16xi32>, %out: memref<?x4xi32>, %b: index, %e: index) {
  %c0 = arith.constant 0 : index
  %l = tile.load %x[%c0, %c0] sizes [4, 16] : memref<4x16xi32> -> tensor<4x16xi32>
  %v = tile.visit_lists %l from %b to %e full %b to %e split 1 : tensor<4x16xi32>
  tile.for_visits %v : (%block: index, %tokens: tensor<4xi1>, %masked: i1) {
    %t = arith.extui %tokens : tensor<4xi1> to tensor<4xi32>
    tile.store %t, %out[%block, %c0] sizes [1, 4] : tensor<4xi32>, memref<?x4xi32>
    tile.yield
  }
  tile.return
}

// All rows are computed at once: a branch on whose tokens are listed is taken.
// CHECK-LABEL: func.func private @every_token
// CHECK:         scf.for
// CHECK-NOT:       scf.if
// CHECK:           math.exp2
// CHECK-NOT:       scf.if
// CHECK:           return
tile.kernel @every_token(%x: memref<?x64xf32>, %y: memref<?x64xf32>, %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  %v = tile.visit_range %begin to %end full %begin to %end
  tile.for_visits %v heads 16 : (%block: index, %tokens: tensor<4xi1>, %masked: i1) {
    %row = tile.load %x[%block, %c0] sizes [1, 64] : memref<?x64xf32> -> tensor<64xf32>
    %some = tile.any_token %tokens heads 16 by warp : tensor<4xi1>
    %p = scf.if %some -> tensor<64xf32> {
      %exp = math.exp2 %row : tensor<64xf32>
      scf.yield %exp : tensor<64xf32>
    } else {
      scf.yield %row : tensor<64xf32>
    }
    tile.store %p, %y[%block, %c0] sizes [1, 64] : tensor<64xf32>, memref<?x64xf32>
    tile.yield
  }
  tile.return
}
