// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s

// Across vectors: lane by lane, four sums at once.
// CHECK-LABEL: func.func private @columns
// CHECK:         scf.for {{.*}} step %c4 iter_args(%{{.+}} = %cst, %{{.+}} = %cst, %{{.+}} = %cst, %{{.+}} = %cst)
// CHECK-COUNT-4:   arith.addf %{{.+}} : vector<16xf32>
// CHECK-NOT:     vector.reduction
tile.kernel @columns(%x: memref<?x16xf32>, %y: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 16] : memref<?x16xf32> -> tensor<8x16xf32>
  %r = tile.reduce add %a axis 0 : tensor<8x16xf32> -> tensor<16xf32>
  tile.store %r, %y[%c0] sizes [16] : tensor<16xf32>, memref<16xf32>
  tile.return
}

// Within a vector, by groups: the heads of each token.
// CHECK-LABEL: func.func private @heads
// CHECK:         vector.load %{{.+}} : memref<{{.+}}>, vector<4xf32>
// CHECK:         vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<4xf32> into f32
tile.kernel @heads(%x: memref<?x16xf32>, %y: memref<8x4xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 16] : memref<?x16xf32> -> tensor<8x16xf32>
  %r = tile.reduce add %a axis 1 by 4 : tensor<8x16xf32> -> tensor<8x4xf32>
  tile.store %r, %y[%c0, %c0] sizes [8, 4] : tensor<8x4xf32>, memref<8x4xf32>
  tile.return
}

// A maximum passes over NaN: it starts from -inf and takes only what is greater.
// CHECK-LABEL: func.func private @max
// CHECK:         arith.cmpf ogt
// CHECK:         arith.select
tile.kernel @max(%x: memref<?x16xf32>, %y: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 16] : memref<?x16xf32> -> tensor<8x16xf32>
  %r = tile.reduce max %a axis 0 : tensor<8x16xf32> -> tensor<16xf32>
  tile.store %r, %y[%c0] sizes [16] : tensor<16xf32>, memref<16xf32>
  tile.return
}

// The best key of each block: vectors of the block, then within one. A NaN does not hide
// what it is compared with: the maximum starts from -inf.
// CHECK-LABEL: func.func private @block_max
// CHECK:         vector.load %{{.+}} : memref<{{.+}}>, vector<8xf32>
// CHECK:         arith.cmpf ogt, %{{.+}}, %{{.+}} : vector<8xf32>
// CHECK:         vector.reduction <maxnumf>, %{{.+}} : vector<8xf32> into f32
tile.kernel @block_max(%x: memref<?x16xf32>, %y: memref<8x2xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 16] : memref<?x16xf32> -> tensor<8x16xf32>
  %r = tile.block_max %a by 8 : tensor<8x16xf32> -> tensor<8x2xf32>
  tile.store %r, %y[%c0, %c0] sizes [8, 2] : tensor<8x2xf32>, memref<8x2xf32>
  tile.return
}

// Products take f32 here: an operand is the tile itself, and two sums of it are one.
// CHECK-LABEL: func.func private @operand
// CHECK-COUNT-4: arith.addf %{{.+}} : vector<16xf32>
// CHECK-NOT:     arith.truncf
// CHECK-NOT:     scf.for {{.*}} iter_args
tile.kernel @operand(%x: memref<?x16xf32>, %y: memref<16xf32>, %z: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 16] : memref<?x16xf32> -> tensor<8x16xf32>
  %w = tile.as_operand %a beside bf16 : tensor<8x16xf32>
  %r = tile.reduce add %a axis 0 : tensor<8x16xf32> -> tensor<16xf32>
  %s = tile.reduce add %w axis 0 : tensor<8x16xf32> -> tensor<16xf32>
  tile.store %r, %y[%c0] sizes [16] : tensor<16xf32>, memref<16xf32>
  tile.store %s, %z[%c0] sizes [16] : tensor<16xf32>, memref<16xf32>
  tile.return
}
