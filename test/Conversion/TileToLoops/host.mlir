// RUN: fovea-opt %s --convert-tile-to-loops | FileCheck %s

// Entries get a C interface; launches are parallel loops, axis 0 innermost.
// CHECK-LABEL: func.func @entry
// CHECK-NOT:     tile.
// CHECK-SAME:    llvm.emit_c_interface
// CHECK:         scf.for {{.*}} iter_args
// CHECK:         scf.if
// CHECK:           scf.parallel (%[[AXIS1:.+]], %[[AXIS0:.+]]) = {{.*}} to (%{{.+}}, %[[N:.+]]) step
// CHECK:             func.call @kernel(%{{.+}}, %[[AXIS0]], %[[AXIS1]])
func.func @entry(%cu: memref<?xi32> {tile.name = "cu_seqlens"}, %tokens: index) -> i32
    attributes {tile.entry} {
  %status = tile.check_sequences %cu, %tokens : memref<?xi32>
  %zero = arith.constant 0 : i32
  %ok = arith.cmpi eq, %status, %zero : i32
  scf.if %ok {
    %n = arith.constant 7 : index
    %m = arith.constant 2 : index
    tile.launch @kernel grid(%n, %m)(%cu, %tokens) : memref<?xi32>, index
  }
  return %status : i32
}

// Which sequence a tile belongs to: a binary search over offsets in [0, tokens], of
// which there is one more at either end.
// CHECK-LABEL: func.func private @kernel
// CHECK-SAME:      %[[CU:.+]]: memref<?xi32>, %[[TOKENS:.+]]: index, %[[TILE:.+]]: index,
// CHECK:         scf.while (%{{.+}} = %[[ZERO:.+]], %{{.+}} = %[[ZERO]], %{{.+}} = %{{.+}}, %{{.+}} = %[[TOKENS]])
// CHECK:           memref.load %[[CU]]
// CHECK:           %[[AT_LEAST_0:.+]] = arith.maxsi
// CHECK:           arith.minsi %[[AT_LEAST_0]], %[[TOKENS]]
tile.kernel @kernel(%cu: memref<?xi32>, %tokens: index) {
  %tile = tile.program_id 0
  %head = tile.program_id 1
  %sequence, %base, %length, %first, %keys = tile.locate %tile in %cu of %tokens step 8 : memref<?xi32>
  tile.return
}
