// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --convert-tile-to-loops="vector-bits=256 vector-registers=16" --canonicalize --cse | FileCheck %s --check-prefix=AVX2

// Query rows are the lanes: the lhs and the result lie transposed, the rhs as it comes.
// CHECK-LABEL: func.func private @scores
// CHECK-SAME:    llvm.linkage = #llvm.linkage<internal>
// CHECK-DAG:     %[[SCORES:.+]] = memref.alloca() {alignment = 64 : i64} : memref<64x16xf32>
// CHECK-DAG:     %[[QUERIES:.+]] = memref.alloca() {alignment = 64 : i64} : memref<32x16xf32>
// CHECK:         %[[SUMS:.+]]:16 = scf.for %[[D:[^ ]+]] = {{.*}} iter_args
// CHECK:           %[[LANES:.+]] = vector.load %[[QUERIES]][%[[D]], %{{.+}}] : memref<32x16xf32>, vector<16xf32>
// CHECK:           %[[KEY:.+]] = memref.load %{{.+}}[%{{.+}}, %[[D]]]
// CHECK:           %[[WIDE:.+]] = vector.broadcast %[[KEY]] : f32 to vector<16xf32>
// CHECK:           vector.fma %[[WIDE]], %[[LANES]], %{{.+}} : vector<16xf32>
// CHECK:         vector.store %[[SUMS]]#0, %[[SCORES]]
// A narrower register, and fewer of them: no more than 12 sums.
// AVX2-LABEL:  func.func private @scores
// AVX2:          :8 = scf.for
// AVX2:            vector.fma {{.*}} : vector<8xf32>
tile.kernel @scores(%q: memref<16x32xf32>, %k: memref<64x32xf32>, %s: memref<16x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<16x64xf32>
  %qt = tile.load %q[%c0, %c0] sizes [16, 32] : memref<16x32xf32> -> tensor<16x32xf32>
  %kt = tile.load %k[%c0, %c0] sizes [64, 32] : memref<64x32xf32> -> tensor<64x32xf32>
  %d = tile.dot %qt, %kt, %zero transpose_rhs
      : tensor<16x32xf32>, tensor<64x32xf32> -> tensor<16x64xf32>
  tile.store %d, %s[%c0, %c0] sizes [16, 64] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// 16-bit operands are widened once, when they are loaded.
// CHECK-LABEL: func.func private @narrow
// CHECK:         %[[WIDE:.+]] = arith.extf %{{.+}} : vector<16xbf16> to vector<16xf32>
// CHECK:         vector.store %[[WIDE]]
// CHECK:         memref.load %{{.+}} : memref<64x32xf32>
tile.kernel @narrow(%q: memref<16x32xbf16>, %k: memref<64x32xbf16>, %s: memref<16x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<16x64xf32>
  %qt = tile.load %q[%c0, %c0] sizes [16, 32] : memref<16x32xbf16> -> tensor<16x32xbf16>
  %kt = tile.load %k[%c0, %c0] sizes [64, 32] : memref<64x32xbf16> -> tensor<64x32xbf16>
  %d = tile.dot %qt, %kt, %zero transpose_rhs
      : tensor<16x32xbf16>, tensor<64x32xbf16> -> tensor<16x64xf32>
  tile.store %d, %s[%c0, %c0] sizes [16, 64] : tensor<16x64xf32>, memref<16x64xf32>
  tile.return
}

// Lanes that no power of two above 1 divides: still right, one at a time.
// CHECK-LABEL: func.func private @odd
// CHECK:         vector.fma {{.*}} : vector<1xf32>
tile.kernel @odd(%q: memref<5x7xf32>, %k: memref<7x3xf32>, %s: memref<5x3xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<5x3xf32>
  %qt = tile.load %q[%c0, %c0] sizes [5, 7] : memref<5x7xf32> -> tensor<5x7xf32>
  %kt = tile.load %k[%c0, %c0] sizes [7, 3] : memref<7x3xf32> -> tensor<7x3xf32>
  %d = tile.dot %qt, %kt, %zero : tensor<5x7xf32>, tensor<7x3xf32> -> tensor<5x3xf32>
  tile.store %d, %s[%c0, %c0] sizes [5, 3] : tensor<5x3xf32>, memref<5x3xf32>
  tile.return
}
