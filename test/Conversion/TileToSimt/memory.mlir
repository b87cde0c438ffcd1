// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

// Pairs of 16-bit elements are loaded and stored as words; rows past the count are not.
// CHECK-LABEL: llvm.func @pairs
// CHECK:     arith.cmpi slt
// CHECK:     llvm.store %{{.+}} {alignment = 4 : i64} : i32, !llvm.ptr<1>
tile.kernel @pairs(%x: memref<?x8xbf16> {tile.in_place}, %left: index) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 8] count %left : memref<?x8xbf16> -> tensor<64x8xbf16, #tile.fragment<warps = 4>>
    tile.store %a, %x[%c0, %c0] sizes [64, 8] count %left : tensor<64x8xbf16, #tile.fragment<warps = 4>>, memref<?x8xbf16>
  }
  tile.return
}

// Four lanes hold a row's value: the first of them stores it.
// CHECK-LABEL: llvm.func @rows
// CHECK:     %[[OF_FOUR:.+]] = arith.andi %{{.+}}, %c3_i32
// CHECK:     arith.cmpi eq, %[[OF_FOUR]], %c0_i32
tile.kernel @rows(%y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant dense<1.0> : tensor<64xf32, #tile.fragment_rows<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
    tile.store %one, %y[%c0] sizes [64] : tensor<64xf32, #tile.fragment_rows<warps = 4>>, memref<?xf32>
  }
  tile.return
}

// Strides of a view with a dynamic inner size come from its size.
// CHECK-LABEL: llvm.func @dynamic_stride
// CHECK-SAME: (%{{.+}}: !llvm.ptr<1>, %{{.+}}: i64, %[[SIZE:[a-z0-9]+]]: i64,
// CHECK:     %[[COLUMNS:.+]] = arith.index_cast %[[SIZE]] : i64 to index
// CHECK:     arith.muli %{{.+}}, %[[COLUMNS]]
tile.kernel @dynamic_stride(%x: memref<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant dense<1.0> : tensor<4x16xf32, #tile.lanes<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
    tile.store %one, %x[%c0, %c0] sizes [4, 16] : tensor<4x16xf32, #tile.lanes<warps = 4>>, memref<?x?xf32>
  }
  tile.return
}

// Rows below `from` are not loaded.
// CHECK-LABEL: llvm.func @from
// CHECK-SAME: %{{[a-z0-9]+}}: i64, %[[FROM:[a-z0-9]+]]: i64, %{{[a-z0-9]+}}: i32
// CHECK:     %[[WIDE:.+]] = arith.index_cast %[[FROM]] : i64 to index
// CHECK:     %[[LEAST:.+]] = arith.index_cast %[[WIDE]] : index to i32
// CHECK:     %[[COUNTED:.+]] = arith.cmpi sle, %[[LEAST]], %{{.+}} : i32
// CHECK:     scf.if %[[COUNTED]]
// CHECK:       llvm.load
tile.kernel @from(%x: memref<?x8xbf16>, %y: memref<?x8xbf16>, %row: index, %from: index) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%row, %c0] sizes [64, 8] from %from : memref<?x8xbf16> -> tensor<64x8xbf16, #tile.fragment<warps = 4>>
    tile.store %a, %y[%c0, %c0] sizes [64, 8] : tensor<64x8xbf16, #tile.fragment<warps = 4>>, memref<?x8xbf16>
  }
  tile.return
}

// Of a transposed tile a lane loads the two elements of each of its columns, and packs pairs of 16 bits.
// CHECK-LABEL: llvm.func @transposed
// CHECK-COUNT-2: scf.if {{.*}} -> (i16, i16)
// CHECK-DAG:     %[[LOW:.+]] = arith.extui
// CHECK-DAG:     %[[WIDE:.+]] = arith.extui
// CHECK-DAG:     %[[HIGH:.+]] = arith.shli %[[WIDE]]
// CHECK-DAG:     arith.ori %[[LOW]], %[[HIGH]]
tile.kernel @transposed(%x: memref<?x64xbf16>, %y: memref<?x8xbf16>, %row: index, %count: index) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%row, %c0] sizes [8, 64] step 3 count %count transposed : memref<?x64xbf16> -> tensor<64x8xbf16, #tile.fragment<warps = 4>>
    tile.store %a, %y[%c0, %c0] sizes [64, 8] : tensor<64x8xbf16, #tile.fragment<warps = 4>>, memref<?x8xbf16>
  }
  tile.return
}
