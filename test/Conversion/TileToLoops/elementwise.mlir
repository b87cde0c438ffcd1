// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s

// One loop nest for a run; what stays inside it is never stored, a value per row is
// read before the inner loop, positions are computed in place, and the result takes the
// place of the input.
// CHECK-LABEL: func.func private @run
// CHECK-COUNT-1: memref.alloca()
// CHECK-NOT:     memref.alloca()
// CHECK:         scf.for %[[COLUMN:.+]] = %c0 to %c32 step %c16
// CHECK:           arith.addi %{{.+}} : vector<16xi32>
// CHECK:           scf.for %[[ROW:.+]] = %c0 to %c8
// CHECK:             arith.cmpi sle, %{{.+}}, %{{.+}} : vector<16xi32>
// CHECK:             arith.select %{{.+}} : vector<16xi1>, vector<16xf32>
// CHECK:             %[[OUT:.+]] = math.exp2 %{{.+}} : vector<16xf32>
// CHECK:             vector.store %[[OUT]], %{{.+}}[%[[ROW]], %[[COLUMN]]]
tile.kernel @run(%x: memref<8x32xf32>, %y: memref<8x32xf32>, %base: index) {
  %c0 = arith.constant 0 : index
  %low = arith.constant dense<0xFF800000> : tensor<8x32xf32>
  %a = tile.load %x[%c0, %c0] sizes [8, 32] : memref<8x32xf32> -> tensor<8x32xf32>
  %t = tile.positions %base repeat 2 : tensor<8xi32>
  %u = tile.positions %c0 : tensor<32xi32>
  %tb = tile.broadcast %t axis 1 : tensor<8xi32> -> tensor<8x32xi32>
  %ub = tile.broadcast %u axis 0 : tensor<32xi32> -> tensor<8x32xi32>
  %sees = arith.cmpi sle, %ub, %tb : tensor<8x32xi32>
  %b = arith.select %sees, %a, %low : tensor<8x32xi1>, tensor<8x32xf32>
  %c = math.exp2 %b : tensor<8x32xf32>
  tile.store %c, %y[%c0, %c0] sizes [8, 32] : tensor<8x32xf32>, memref<8x32xf32>
  tile.return
}

// Arithmetic on 16-bit tiles is rounded op by op, though scratch is f32.
// CHECK-LABEL: func.func private @rounds
// CHECK:         %[[NARROW:.+]] = arith.truncf %{{.+}} : vector<16xf32> to vector<16xbf16>
// CHECK:         %[[SUM:.+]] = arith.addf %[[NARROW]], %[[NARROW]] : vector<16xbf16>
// CHECK:         arith.extf %[[SUM]] : vector<16xbf16> to vector<16xf32>
tile.kernel @rounds(%x: memref<8x32xbf16>, %y: memref<8x32xbf16>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [8, 32] : memref<8x32xbf16> -> tensor<8x32xbf16>
  %b = arith.addf %a, %a : tensor<8x32xbf16>
  tile.store %b, %y[%c0, %c0] sizes [8, 32] : tensor<8x32xbf16>, memref<8x32xbf16>
  tile.return
}

// A mask that is stored lies as bytes.
// CHECK-LABEL: func.func private @mask
// CHECK:         memref.alloca() {{.*}} : memref<8xi8>
// CHECK:         arith.extui %{{.+}} : vector<4xi1> to vector<4xi8>
tile.kernel @mask(%x: memref<4xf32>, %y: memref<8x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %zeros = arith.constant dense<0.0> : tensor<8x16xf32>
  %ones = arith.constant dense<1.0> : tensor<8x16xf32>
  %a = tile.load %x[%c0] sizes [4] : memref<4xf32> -> tensor<4xf32>
  %m = arith.cmpf ogt, %a, %zero : tensor<4xf32>
  %r = tile.repeat %m by 2 : tensor<4xi1> -> tensor<8xi1>
  %b = tile.broadcast %r axis 1 : tensor<8xi1> -> tensor<8x16xi1>
  %s = arith.select %b, %ones, %zeros : tensor<8x16xi1>, tensor<8x16xf32>
  tile.store %s, %y[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, memref<8x16xf32>
  tile.return
}
