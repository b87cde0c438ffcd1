// RUN: fovea-opt %s --tile-overlap-products | FileCheck %s
// RUN: fovea-opt %s --tile-overlap-products --canonicalize --cse --tile-specialize --tile-place-waits | FileCheck %s --check-prefix=WAITS

!tile = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
!rows = tensor<64xf32, #tile.fragment_rows<warps = 4>>
!bits = tensor<1xi1, #tile.bits>

// The first visit's scores stand before the loops, the last one's values behind them. A
// turn multiplies for its own scores, then for the values of the visit before. Blocks that
// need no mask have a loop of their own, without masks and counts.
// CHECK-LABEL: tile.kernel @attend
// CHECK:       %[[ANY:.+]] = arith.cmpi slt, %[[BEGIN:.+]], %[[END:.+]] : index
// CHECK:       scf.if %[[ANY]]
// CHECK:         tile.load %{{.+}} {tile.ring = 2 : i64}
// CHECK:         %[[S0:.+]] = tile.dot %{{.+}}, %{{.+}}, %{{.+}} transpose_rhs
// CHECK:         %[[R0:.+]] = arith.truncf
// CHECK:         tile.visit_range
// CHECK:         tile.for_visits
// CHECK:           tile.await_turn
// CHECK:         tile.visit_range
// CHECK:         tile.for_visits
// CHECK-NOT:       count
// CHECK:           %[[FALSE:.+]] = arith.constant false
// CHECK:           tile.await_turn
// CHECK-NEXT:      %[[S:.+]] = tile.dot %{{.+}}, %{{.+}}, %{{.+}} transpose_rhs
// CHECK-NEXT:      %[[V:.+]] = tile.load %{{.+}} {tile.ring = 3 : i64}
// CHECK-NEXT:      %[[O:.+]] = tile.dot %{{.+}}, %[[V]], %{{.+}} :
// CHECK-NEXT:      tile.pass_turn
// CHECK-NEXT:      scf.if %[[FALSE]]
// CHECK:           %[[NEXT:.+]] = arith.mulf %[[O]], %{{.+}}
// CHECK:           %[[R:.+]] = arith.truncf
// CHECK:           tile.yield %[[NEXT]], {{.*}}%[[R]]
// CHECK:         tile.visit_range
// CHECK:         tile.for_visits
// CHECK:           tile.pass_turn
// CHECK:         tile.load {{.*}} count {{.*}} {tile.ring = 3 : i64}
// CHECK:         tile.dot
// CHECK:         scf.yield
// CHECK:       } else {
// CHECK:         scf.yield

// Both products are issued before the first is waited for. Its keys go back then, the
// values behind the second wait, through which goes what is rounded next.
// WAITS-LABEL: tile.kernel @attend
// WAITS:       } consumers 4 {
// WAITS:         scf.if
// WAITS:           tile.for_visits
// WAITS:             %[[K:.+]] = tile.get %[[KEYS:.+]] at
// WAITS:             tile.await_turn
// WAITS:             %[[S:.+]] = tile.issue_dot %{{.+}}, %[[K]]
// WAITS:             %[[V:.+]] = tile.get %[[VALUES:.+]] at
// WAITS:             %[[O:.+]] = tile.issue_dot %{{.+}}, %[[V]]
// WAITS-NEXT:        tile.pass_turn
// WAITS-NEXT:        %[[SCORES:.+]] = tile.wait %[[S]] newer 1
// WAITS-NEXT:        tile.release %[[KEYS]]
// WAITS:             %[[P:.+]] = math.exp2
// WAITS:             %[[SUM:.+]], %[[PASSED:.+]] = tile.wait %[[O]] newer 0 through %[[P]]
// WAITS-NEXT:        tile.release %[[VALUES]]
// WAITS:             arith.truncf %[[PASSED]]
tile.kernel @attend(%q: memref<?x64xbf16>, %k: memref<?x64xbf16>, %v: memref<?x64xbf16>, %o: memref<?x64xf32>)
    attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true, turns = true>>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %none = arith.constant dense<0.0> : !sums
  %low = arith.constant dense<0xFF800000> : !sums
  %one = arith.constant dense<1.0> : !rows
  %n = memref.dim %k, %c0 : memref<?x64xbf16>
  %first = tile.program_id 0
  %tile = tile.load %q[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
  %visits = tile.visit_range %c0 to %n full %first to %n
  %out:2 = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums, %l = %one : !rows) {
    %row = arith.muli %block, %c64 : index
    %left = arith.subi %n, %row : index
    %keys = tile.load %k[%row, %c0] sizes [64, 64] count %left : memref<?x64xbf16> -> !tile
    %s = tile.dot %tile, %keys, %none transpose_rhs : !tile, !tile -> !sums
    %t = scf.if %masked -> (!sums) {
      scf.yield %low : !sums
    } else {
      scf.yield %s : !sums
    }
    %p = math.exp2 %t : !sums
    %r = tile.reduce add %p axis 1 : !sums -> !rows
    %wide = tile.broadcast %r axis 1 : !rows -> !sums
    %scaled = arith.mulf %acc, %wide : !sums
    %values = tile.load %v[%row, %c0] sizes [64, 64] count %left : memref<?x64xbf16> -> !tile
    %half = arith.truncf %p : !sums to !left
    %next = tile.dot %half, %values, %scaled : !left, !tile -> !sums
    tile.yield %next, %r : !sums, !rows
  }
  tile.store %out#0, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// Where the accumulator goes straight into the product, it is what the loop carries; with
// no block before those that need no mask, there is no loop for them.
// CHECK-LABEL: tile.kernel @unscaled
// CHECK:       scf.if
// CHECK:         tile.for_visits
// CHECK:           tile.dot
// CHECK:           %[[O:.+]] = tile.dot
// CHECK-NOT:       await_turn
// CHECK:           tile.yield %[[O]], %{{.+}}, %{{.+}} :
// CHECK:         tile.for_visits
// CHECK-NOT:     tile.for_visits
// CHECK:       } else {
tile.kernel @unscaled(%q: memref<?x64xbf16>, %k: memref<?x64xbf16>, %o: memref<?x64xf32>)
    attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %k, %c0 : memref<?x64xbf16>
  %tile = tile.load %q[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums) {
    %keys = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %s = tile.dot %tile, %keys, %none transpose_rhs : !tile, !tile -> !sums
    %p = math.exp2 %s : !sums
    %values = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %half = arith.truncf %p : !sums to !left
    %next = tile.dot %half, %values, %acc : !left, !tile -> !sums
    tile.yield %next : !sums
  }
  tile.store %out, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// Without the field nothing changes.
// CHECK-LABEL: tile.kernel @plain
// CHECK-NOT:   scf.if
// CHECK:       tile.return
tile.kernel @plain(%q: memref<?x64xbf16>, %o: memref<?x64xf32>) attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %q, %c0 : memref<?x64xbf16>
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums) {
    %keys = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %s = tile.dot %keys, %keys, %acc transpose_rhs : !tile, !tile -> !sums
    tile.yield %s : !sums
  }
  tile.store %out, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// A visit that multiplies more than twice is as it was; both products of its keys run before one is waited for,
// and its last one ends with the visit.
// CHECK-LABEL: tile.kernel @gradient
// CHECK-NOT:   scf.if
// CHECK-COUNT-1: tile.for_visits
// CHECK-NOT:   tile.for_visits
// CHECK:       tile.return
// WAITS-LABEL: tile.kernel @gradient
// WAITS:       } consumers 4 {
// WAITS:         tile.for_visits
// WAITS:           %[[S:.+]] = tile.issue_dot
// WAITS:           %[[P:.+]] = tile.issue_dot
// WAITS:           tile.wait %[[S]] newer 1
// WAITS:           math.exp2
// WAITS:           tile.wait %[[P]] newer 0
// WAITS:           %[[D:.+]] = tile.issue_dot
// WAITS-NEXT:      tile.wait %[[D]] newer 0
tile.kernel @gradient(%q: memref<?x64xbf16>, %k: memref<?x64xbf16>, %o: memref<?x64xf32>)
    attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %k, %c0 : memref<?x64xbf16>
  %tile = tile.load %q[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums) {
    %keys = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %s = tile.dot %tile, %keys, %none transpose_rhs : !tile, !tile -> !sums
    %values = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %dp = tile.dot %tile, %values, %none transpose_rhs : !tile, !tile -> !sums
    %p = math.exp2 %s : !sums
    %ds = arith.mulf %p, %dp : !sums
    %half = arith.truncf %ds : !sums to !left
    %next = tile.dot %half, %keys, %acc : !left, !tile -> !sums
    tile.yield %next : !sums
  }
  tile.store %out, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}
