// RUN: fovea-opt %s --tile-specialize | FileCheck %s

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>

// Loops one after another share a ring; where a branch loads or not, its count tells.
// CHECK-LABEL: tile.kernel @two_loops
// CHECK:     %[[RING:.+]] = tile.make_ring
// CHECK-NOT: tile.make_ring
// CHECK:     tile.specialize producer {
// CHECK:       %[[FIRST:.+]] = scf.for
// CHECK:         tile.put %[[RING]]
// CHECK:       scf.for {{.*}} iter_args(%[[N:.+]] = %[[FIRST]]) -> (i32)
// CHECK:         scf.if %{{.+}} -> (i32) {
// CHECK:           tile.put %[[RING]] at %[[N]]
// CHECK:         } else {
// CHECK-NEXT:      scf.yield %[[N]] : i32
// CHECK:     } consumers 4 {
// CHECK:         tile.get %[[RING]]
// CHECK:         tile.release %[[RING]]
// CHECK:         scf.if %{{.+}} -> ({{.*}}, i32) {
// CHECK:           tile.get %[[RING]]
// CHECK:           tile.release %[[RING]]
tile.kernel @two_loops(%k: memref<?x64xbf16>, %o: memref<?x64xf32>, %end: index, %some: i1)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : !sums
  %a = scf.for %i = %c0 to %end step %c1 iter_args(%acc = %zero) -> !sums {
    %key = tile.load %k[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %s = tile.dot %key, %key, %acc : !half, !half -> !sums
    scf.yield %s : !sums
  }
  %b = scf.for %i = %c0 to %end step %c1 iter_args(%acc = %a) -> !sums {
    %next = scf.if %some -> !sums {
      %key = tile.load %k[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
      %s = tile.dot %key, %key, %acc : !half, !half -> !sums
      scf.yield %s : !sums
    } else {
      scf.yield %acc : !sums
    }
    scf.yield %next : !sums
  }
  tile.store %b, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// The outer tile is held while the inner ones pass: they need a ring of their own.
// CHECK-LABEL: tile.kernel @nested
// CHECK-DAG: %[[OUTER:.+]] = tile.make_ring
// CHECK-DAG: %[[INNER:.+]] = tile.make_ring
// CHECK:     } consumers 4 {
// CHECK:       tile.get %[[OUTER]]
// CHECK:       scf.for
// CHECK:         tile.get %[[INNER]]
// CHECK:         tile.release %[[INNER]]
// CHECK:       tile.release %[[OUTER]]
tile.kernel @nested(%k: memref<?x64xbf16>, %o: memref<?x64xf32>, %end: index)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : !sums
  %a = scf.for %i = %c0 to %end step %c1 iter_args(%acc = %zero) -> !sums {
    %q = tile.load %k[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %b = scf.for %j = %c0 to %end step %c1 iter_args(%inner = %acc) -> !sums {
      %key = tile.load %k[%j, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
      %s = tile.dot %q, %key, %inner : !half, !half -> !sums
      scf.yield %s : !sums
    }
    scf.yield %b : !sums
  }
  tile.store %a, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// Lists are merged by the producer, which posts each visit and the end. A warpgroup none
// of whose tokens is listed waits for the tiles, gives them back and computes nothing.
// CHECK-LABEL: tile.kernel @listed
// CHECK-DAG: %[[VISITS:.+]] = tile.make_ring : !tile.visit_ring<{{[0-9]+}} x 4>
// CHECK-DAG: %[[KEYS:.+]] = tile.make_ring : !tile.ring<2 x
// CHECK:     tile.specialize producer {
// CHECK:       tile.for_programs head_by_head
// CHECK:         %[[LISTS:.+]] = tile.load {{.*}} -> tensor<4x16xi32, #tile.flat>
// CHECK:         %[[UNION:.+]] = tile.visit_lists %[[LISTS]]
// CHECK:         tile.for_visits %[[UNION]] heads 16 : (%[[BLOCK:.+]]: index, %[[TOKENS:.+]]: tensor<4xi1, #tile.bits>, %[[MASKED:.+]]: i1)
// CHECK:           tile.post %[[VISITS]] at %{{.+}} visit %[[BLOCK]], %[[TOKENS]], %[[MASKED]]
// CHECK:           tile.put %[[KEYS]]
// CHECK:         tile.post %[[VISITS]] at %{{.+}} : <{{[0-9]+}} x 4>{{$}}
// CHECK:     } consumers 4 {
// CHECK-NOT:     tile.visit_lists
// CHECK:         %[[MORE:[^ ]+]], %{{.+}}, %{{.+}}, %{{.+}} = tile.take %[[VISITS]]
// CHECK:         scf.while (%[[IS_MORE:[^ ]+]] = %[[MORE]],
// CHECK:           scf.condition(%[[IS_MORE]])
// CHECK:           tile.take %[[VISITS]]
// CHECK:           %[[SOME:.+]] = tile.any_token %{{.+}} heads 16
// CHECK:           scf.if %[[SOME]]
// CHECK:             tile.get %[[KEYS]] at %[[N:.+]] :
// CHECK:             tile.dot
// CHECK:             tile.release %[[KEYS]] at %[[N]]
// CHECK:           } else {
// CHECK:             tile.get %[[KEYS]] at %[[N]]
// CHECK-NOT:         tile.dot
// CHECK:             tile.release %[[KEYS]] at %[[N]]
tile.kernel @listed(%lists: memref<?x16xi32>, %k: memref<?x64xbf16>, %o: memref<?x64xf32>, %end: index)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2, programs = head_by_head>>} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  %l = tile.load %lists[%c0, %c0] sizes [4, 16] : memref<?x16xi32> -> tensor<4x16xi32, #tile.flat>
  %visits = tile.visit_lists %l from %c0 to %end full %c0 to %c0 split 1 : tensor<4x16xi32, #tile.flat>
  %sum = tile.for_visits %visits heads 16 : (%block: index, %tokens: tensor<4xi1, #tile.bits>, %masked: i1)
      carry(%acc = %zero : !sums) {
    %key = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %s = tile.dot %key, %key, %acc : !half, !half -> !sums
    tile.yield %s : !sums
  }
  tile.store %sum, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// Keys and values take turns in one ring where the schedule says so: the values' number is the next one.
// CHECK-LABEL: tile.kernel @one_ring
// CHECK:     %[[RING:.+]] = tile.make_ring : !tile.ring<3 x
// CHECK-NOT: tile.make_ring
// CHECK:     scf.for {{.*}} iter_args(%[[N:.+]] = %{{.+}}) -> (i32)
// CHECK:       %[[V:.+]] = arith.addi %[[N]], %{{.+}} : i32
// CHECK:       tile.put %[[RING]] at %[[N]]
// CHECK:       %[[NEXT:.+]] = arith.addi %[[V]], %{{.+}} : i32
// CHECK:       tile.put %[[RING]] at %[[V]]
// CHECK:       scf.yield %[[NEXT]] : i32
tile.kernel @one_ring(%k: memref<?x64xbf16>, %v: memref<?x64xbf16>, %o: memref<?x64xf32>, %end: index)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 3, one_ring = true>>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : !sums
  %a = scf.for %i = %c0 to %end step %c1 iter_args(%acc = %zero) -> !sums {
    %key = tile.load %k[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %s = tile.dot %key, %key, %acc : !half, !half -> !sums
    %value = tile.load %v[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %t = tile.dot %value, %value, %s : !half, !half -> !sums
    scf.yield %t : !sums
  }
  tile.store %a, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// Two rings that are filled in the same blocks have one count; a third one, which a branch fills, has its own.
// CHECK-LABEL: tile.kernel @in_step
// CHECK:     %[[KEYS:.+]] = tile.make_ring
// CHECK:     %[[VALUES:.+]] = tile.make_ring
// CHECK:     %[[SOME:.+]] = tile.make_ring
// CHECK:     tile.specialize producer {
// CHECK:       scf.for {{.*}} iter_args(%[[N:.+]] = %{{.+}}, %[[M:.+]] = %{{.+}}) -> (i32, i32)
// CHECK:         tile.put %[[KEYS]] at %[[N]]
// CHECK:         tile.put %[[VALUES]] at %[[N]]
// CHECK:         tile.put %[[SOME]] at %[[M]]
// CHECK:     } consumers 4 {
// CHECK:         tile.get %[[KEYS]] at %[[COUNT:.+]] :
// CHECK:         tile.get %[[VALUES]] at %[[COUNT]] :
tile.kernel @in_step(%k: memref<?x64xbf16>, %v: memref<?x64xbf16>, %w: memref<?x64xbf16>, %o: memref<?x64xf32>, %end: index, %some: i1)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : !sums
  %a = scf.for %i = %c0 to %end step %c1 iter_args(%acc = %zero) -> !sums {
    %key = tile.load %k[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %value = tile.load %v[%i, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
    %s = tile.dot %key, %value, %acc : !half, !half -> !sums
    %next = scf.if %some -> !sums {
      %other = tile.load %w[%i, %c0] sizes [64, 64] {tile.ring = 3} : memref<?x64xbf16> -> !half
      %t = tile.dot %other, %other, %s : !half, !half -> !sums
      scf.yield %t : !sums
    } else {
      scf.yield %s : !sums
    }
    scf.yield %next : !sums
  }
  tile.store %a, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// One that is filled before a loop that counts, and one that is filled behind it, are not in step there.
// CHECK-LABEL: tile.kernel @around
// CHECK:     tile.specialize producer {
// CHECK:       tile.for_programs {{.*}} carry(%{{.+}} = %{{.+}} : i32, %{{.+}} = %{{.+}} : i32, %{{.+}} = %{{.+}} : i32)
tile.kernel @around(%k: memref<?x64xbf16>, %o: memref<?x64xf32>, %end: index)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : !sums
  %first = tile.load %k[%c0, %c0] sizes [64, 64] {tile.ring = 1} : memref<?x64xbf16> -> !half
  %a = scf.for %i = %c0 to %end step %c1 iter_args(%acc = %zero) -> !sums {
    %key = tile.load %k[%i, %c0] sizes [64, 64] {tile.ring = 2} : memref<?x64xbf16> -> !half
    %s = tile.dot %first, %key, %acc : !half, !half -> !sums
    scf.yield %s : !sums
  }
  %last = tile.load %k[%c1, %c0] sizes [64, 64] {tile.ring = 3} : memref<?x64xbf16> -> !half
  %b = tile.dot %last, %last, %a : !half, !half -> !sums
  tile.store %b, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// Values have a ring of their own, and know which of their rows are there: no consumer clears the others.
// CHECK-LABEL: tile.kernel @values
// CHECK:       %[[RING:.+]] = tile.make_ring : !tile.ring<2 x tensor<64xf32, #tile.shared_values>>
// CHECK:       tile.specialize producer {
// CHECK:         tile.put %[[RING]] at %{{.+}}, %{{.+}}[%{{.+}}, %{{.+}}] sizes [4, 16] within 12 count %{{.+}} :
// CHECK:       } consumers 4 {
// CHECK:         %[[SLOT:.+]] = tile.get %[[RING]]
// CHECK-NEXT:    tile.read %[[SLOT]]
// CHECK-NEXT:    tile.release %[[RING]]
// CHECK-NOT:     tile.clear_rows
tile.kernel @values(%lse: memref<?x64xf32>, %o: memref<?x64xf32>, %end: index, %count: index)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  %visits = tile.visit_range %c0 to %end full %c0 to %c0
  %sum = tile.for_visits %visits heads 16 : (%block: index, %tokens: tensor<1xi1, #tile.bits>, %masked: i1) carry(%acc = %zero : !sums) {
    %row = tile.load %lse[%block, %c0] sizes [4, 16] within 12 count %count : memref<?x64xf32> -> tensor<64xf32, #tile.shared_values>
    %values = tile.read %row : tensor<64xf32, #tile.shared_values> -> tensor<64xf32, #tile.fragment_columns<warps = 4>>
    %spread = tile.broadcast %values axis 0 : tensor<64xf32, #tile.fragment_columns<warps = 4>> -> !sums
    %next = arith.addf %acc, %spread : !sums
    tile.yield %next : !sums
  }
  tile.store %sum, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}
