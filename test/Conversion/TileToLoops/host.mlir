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

// Where a sequence is, by its number: nowhere, unless both arrays have it.
// CHECK-LABEL: func.func private @by_number
// CHECK-SAME:      %[[S:[^:]+]]: index, %[[CU:[^:]+]]: memref<?xi32>, %[[USED:[^:]+]]: memref<?xi32>, %[[TOKENS:[^:]+]]: index,
// CHECK:         %[[ALL:.+]] = arith.minsi
// CHECK:         %[[NOT_BEFORE:.+]] = arith.cmpi sge, %[[S]], %[[ZERO:.+]] :
// CHECK:         %[[NOT_BEHIND:.+]] = arith.cmpi slt, %[[S]], %[[ALL]]
// CHECK:         %[[IS_ONE:.+]] = arith.andi %[[NOT_BEFORE]], %[[NOT_BEHIND]]
// CHECK:         scf.if %[[IS_ONE]] -> (index, index)
// CHECK:           memref.load %[[CU]][%[[S]]]
// CHECK:           memref.load %[[CU]]
// CHECK:           memref.load %[[USED]][%[[S]]]
// CHECK:         } else {
// CHECK-NEXT:      scf.yield %[[ZERO]], %[[ZERO]]
tile.kernel @by_number(%s: index, %cu: memref<?xi32>, %used: memref<?xi32>, %tokens: index) {
  %base, %length = tile.sequence %s in %cu of %tokens lengths %used : memref<?xi32>, memref<?xi32>
  tile.return
}

// Each sequence of a table of pages begins with one.
// CHECK-LABEL: func.func @check_pages
// CHECK:         scf.for
// CHECK:           arith.cmpi sge
// CHECK:           %[[REST:.+]] = arith.remui %{{.+}}, %c64
// CHECK:           arith.cmpi eq, %[[REST]], %c0
func.func @check_pages(%cu: memref<?xi32> {tile.name = "k"}, %pages: index) -> i32 attributes {tile.entry} {
  %status = tile.check_sequences %cu, %pages rows of 64 whole : memref<?xi32>
  return %status : i32
}

// A sequence's length is from its queries to its rows.
// CHECK-LABEL: func.func @check_queries
// CHECK:         scf.for
// CHECK:         scf.for {{.+}} -> (i1)
// CHECK:           memref.load %[[USED:.+]][
// CHECK:           arith.cmpi sle
// CHECK:           arith.cmpi sle
// CHECK:           scf.yield
func.func @check_queries(%queries: memref<?xi32> {tile.name = "q"}, %cu: memref<?xi32> {tile.name = "k"},
                         %used: memref<?xi32> {tile.name = "n"}, %rows: index) -> i32 attributes {tile.entry} {
  %status = tile.check_sequences %cu, %rows queries %queries lengths %used
      : memref<?xi32>, memref<?xi32>, memref<?xi32>
  return %status : i32
}
