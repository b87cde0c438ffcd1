// RUN: fovea-opt %s --tile-specialize | FileCheck %s

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>

// One ring per place of a load: `outer_stages` slots outside of loops, `stages` in them.
// Both sides count alike. A right-hand side's rows past the count are cleared before it is
// read, a left-hand side's are not; a slot goes back behind its last read.
// CHECK-LABEL: tile.kernel @attend
// CHECK-DAG: %[[QUERIES:.+]] = tile.make_ring : !tile.ring<2 x
// CHECK-DAG: %[[KEYS:.+]] = tile.make_ring : !tile.ring<3 x
// CHECK:     tile.specialize producer {
// CHECK:       tile.for_programs last_tile_first : (%[[ROW:.+]]: index, %{{.+}}: index) carry(%[[I:.+]] = %{{.+}} : i32, %[[J:.+]] = %{{.+}} : i32)
// CHECK:         tile.put %[[QUERIES]] at %[[I]], %{{.+}}[%[[ROW]], %{{.+}}] sizes [16, 4, 64]
// CHECK:         tile.for_visits {{.*}} carry(%[[I1:.+]] = %{{.+}} : i32, %[[J1:.+]] = %[[J]] : i32)
// CHECK:           %[[NEXT:.+]] = arith.addi %[[J1]],
// CHECK:           tile.put %[[KEYS]] at %[[J1]],
// CHECK:           tile.yield %[[I1]], %[[NEXT]] : i32, i32
// CHECK-NOT:     tile.store
// CHECK:     } consumers 4 {
// CHECK:       tile.for_programs last_tile_first : (%[[ROW:.+]]: index, %{{.+}}: index) carry(%[[I:.+]] = %{{.+}} : i32, %[[J:.+]] = %{{.+}} : i32)
// CHECK:         %[[Q:.+]] = tile.get %[[QUERIES]] at %[[I]]
// CHECK-NOT:     tile.clear_rows
// CHECK:         tile.for_visits {{.*}}, %[[J1:[a-z0-9]+]] = %[[J]] : i32)
// CHECK:           %[[K:.+]] = tile.get %[[KEYS]] at %[[J1]]
// CHECK:           tile.clear_rows %[[K]] from %{{.+}}
// CHECK:           tile.dot %[[Q]], %[[K]],
// CHECK:           tile.release %[[KEYS]] at %[[J1]]
// CHECK:         tile.release %[[QUERIES]] at %[[I]]
// CHECK:         tile.store %{{.+}}, %{{.+}}[%[[ROW]],
tile.kernel @attend(%q: memref<?x4x64xbf16>, %k: memref<?x64xbf16>, %o: memref<?x4x64xf32>,
                    %left: index, %n: index)
    attributes {tile.schedule = #tile.schedule<tokens = 16, keys = 64,
                                               gpu = <stages = 3, outer_stages = 2>>} {
  %c0 = arith.constant 0 : index
  %row = tile.program_id 0
  %zero = arith.constant dense<0.0> : !sums
  %a = tile.load %q[%row, %c0, %c0] sizes [16, 4, 64] count %left : memref<?x4x64xbf16> -> !half
  %visits = tile.visit_range %c0 to %n full %c0 to %c0
  %sum = tile.for_visits %visits : (%block: index, %tokens: tensor<1xi1, #tile.bits>, %masked: i1)
      carry(%acc = %zero : !sums) {
    %b = tile.load %k[%block, %c0] sizes [64, 64] count %left : memref<?x64xbf16> -> !half
    %s = tile.dot %a, %b, %acc : !half, !half -> !sums
    %e = math.exp2 %s : !sums
    tile.yield %e : !sums
  }
  tile.store %sum, %o[%row, %c0, %c0] sizes [16, 4, 64] : !sums, memref<?x4x64xf32>
  tile.return
}

// Whatever a branch does is done by its copy, whether or not it gives anything.
// CHECK-LABEL: tile.kernel @either
// CHECK:     } consumers 4 {
// CHECK:         %[[T:.+]] = tile.load
// CHECK:         %[[U:.+]] = math.exp2 %[[T]]
// CHECK:         scf.if
// CHECK-NEXT:      tile.store %[[T]],
// CHECK-NEXT:    } else {
// CHECK-NEXT:      tile.store %[[U]],
// CHECK-NEXT:    }
tile.kernel @either(%x: memref<?x64xf32>, %y: memref<?x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %row = tile.program_id 0
  %t = tile.load %x[%row, %c0] sizes [64, 64] count %n : memref<?x64xf32> -> !sums
  %u = math.exp2 %t : !sums
  %p = arith.cmpi slt, %row, %n : index
  scf.if %p {
    tile.store %t, %y[%row, %c0] sizes [64, 64] count %n : !sums, memref<?x64xf32>
  } else {
    tile.store %u, %y[%row, %c0] sizes [64, 64] count %n : !sums, memref<?x64xf32>
  }
  tile.return
}

// Loads into registers need no producer: no ring, and its region is empty. Nor a schedule.
// CHECK-LABEL: tile.kernel @no_copies
// CHECK-NOT:   tile.make_ring
// CHECK:       tile.specialize producer {
// CHECK-NEXT:  } consumers 4 {
// CHECK:         tile.for_programs last_tile_first
// CHECK:           tile.load
// CHECK:           tile.store
tile.kernel @no_copies(%x: memref<?x64xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %row = tile.program_id 0
  %a = tile.load %x[%row, %c0] sizes [64, 64] : memref<?x64xf32> -> !sums
  tile.store %a, %x[%row, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// A whole tile has no rows to clear.
// CHECK-LABEL: tile.kernel @no_count
// CHECK-NOT:   tile.clear_rows
// CHECK:       tile.return
tile.kernel @no_count(%x: memref<?x64xbf16>, %o: memref<?x64xf32>)
    attributes {tile.schedule = #tile.schedule<tokens = 16, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
  %s = tile.dot %a, %a, %zero : !half, !half -> !sums
  tile.store %s, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}
