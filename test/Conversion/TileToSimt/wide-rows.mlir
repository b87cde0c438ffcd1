// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

// Of 80 columns two times 32 go by 16 bytes a lane, the last 16 by 4. Words are exchanged by all lanes, outside of the
// rows' conditions: four shuffles for 32 columns of each of a lane's two rows.
// CHECK-LABEL: llvm.func @wide
// CHECK-COUNT-2: llvm.load %{{.+}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// CHECK-COUNT-2: llvm.load %{{.+}} {alignment = 4 : i64} : !llvm.ptr<1> -> i32
// CHECK:         scf.yield
// CHECK:         } else {
// CHECK-COUNT-2: llvm.load %{{.+}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// CHECK-COUNT-2: llvm.load %{{.+}} {alignment = 4 : i64} : !llvm.ptr<1> -> i32
// CHECK:         } else {
// CHECK:         %[[ODD:.+]] = arith.cmpi ne, %{{.+}}, %c0_i32 : i32
// CHECK-NEXT:    %[[SENT:.+]] = arith.select %[[ODD]], %[[LOW:.+]], %[[HIGH:.+]] : i32
// CHECK-NEXT:    %[[CAME:.+]] = simt.shuffle xor %[[SENT]], %c1_i32 : i32
// CHECK-NEXT:    arith.select %[[ODD]], %[[CAME]], %[[LOW]] : i32
// CHECK-NEXT:    arith.select %[[ODD]], %[[HIGH]], %[[CAME]] : i32
// CHECK:         simt.shuffle xor %{{.+}}, %c1_i32 : i32
// CHECK-COUNT-2: simt.shuffle xor %{{.+}}, %c2_i32 : i32
// CHECK-COUNT-12: simt.shuffle xor
// CHECK-COUNT-16: simt.shuffle xor
// CHECK-NOT:     simt.shuffle
// CHECK-COUNT-2: llvm.store %{{.+}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<1>
// CHECK-COUNT-2: llvm.store %{{.+}} {alignment = 4 : i64} : i32, !llvm.ptr<1>
// CHECK-COUNT-2: llvm.store %{{.+}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<1>
// CHECK-COUNT-2: llvm.store %{{.+}} {alignment = 4 : i64} : i32, !llvm.ptr<1>
!bf16 = tensor<64x80xbf16, #tile.fragment<warps = 4>>
tile.kernel @wide(%x: memref<?x96xbf16>, %y: memref<?x80xbf16>, %row: index, %left: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%row, %c16] sizes [64, 80] count %left : memref<?x96xbf16> -> !bf16
    tile.store %a, %y[%row, %c0] sizes [64, 80] count %left : !bf16, memref<?x80xbf16>
  }
  tile.return
}

// Where 16 bytes need not begin at a multiple of 16, a lane moves its words as they are: from the fourth column, from a
// column that is computed, in rows of 36 columns or of who knows how many.
// CHECK-LABEL: llvm.func @narrow
// CHECK-NOT:   simt.shuffle xor
// CHECK-NOT:   alignment = 16
// CHECK-LABEL: llvm.func @whole_numbers
// CHECK-NOT:   simt.shuffle xor
// CHECK:       llvm.store %{{.+}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<1>
!f16 = tensor<64x32xf16, #tile.fragment<warps = 4>>
tile.kernel @narrow(%w: memref<?x64xf16>, %x: memref<?x64xf16>, %y: memref<?x36xf16>, %z: memref<?x?xf16>, %row: index, %column: index) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %w[%row, %c4] sizes [64, 32] : memref<?x64xf16> -> !f16
    tile.store %a, %x[%row, %column] sizes [64, 32] : !f16, memref<?x64xf16>
    tile.store %a, %y[%row, %c0] sizes [64, 32] : !f16, memref<?x36xf16>
    tile.store %a, %z[%row, %c0] sizes [64, 32] : !f16, memref<?x?xf16>
  }
  tile.return
}
tile.kernel @whole_numbers(%x: memref<?x64xf32>, %row: index) {
  %c0 = arith.constant 0 : index
  %a = arith.constant dense<1.0> : tensor<64x64xf32, #tile.fragment<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
    tile.store %a, %x[%row, %c0] sizes [64, 64] : tensor<64x64xf32, #tile.fragment<warps = 4>>, memref<?x64xf32>
  }
  tile.return
}
