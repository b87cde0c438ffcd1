// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// What one side does on a ring that the other does not, or not as often.

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!ring = !tile.ring<2 x !half>
tile.kernel @specialize_c4_yielded(%x: memref<?x64xbf16>, %i: index, %some: i1, %left: index) {
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !ring
    // expected-error @+1 {{'scf.if' op expected tiles in shared memory to come from tile.get alone}}
    %alias = scf.if %some -> !half {
      scf.yield %k : !half
    } else {
      scf.yield %k : !half
    }
    tile.release %ring at %n : !ring
    tile.clear_rows %alias from %left : !half
  }
  tile.return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!ring = !tile.ring<2 x !half>
tile.kernel @specialize_c4_carried(%x: memref<?x64xbf16>, %i: index, %left: index) {
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !ring
    // expected-error @+1 {{'scf.for' op expected tiles in shared memory to come from tile.get alone}}
    scf.for %j = %i to %left step %i iter_args(%alias = %k) -> (!half) {
      scf.yield %alias : !half
    }
    tile.release %ring at %n : !ring
  }
  tile.return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c6_get_and_release_are_missing(%x: memref<?x64xbf16>, %i: index) {
  %n = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %ring = tile.make_ring : !ring
  // expected-error @+2 {{'tile.specialize' op expected both sides to go through their rings in one order, under the same loops and conditions}}
  // expected-note @+1 {{the consumers have no more}}
  tile.specialize producer {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
    // expected-note @+1 {{the producer goes on with 'tile.put'}}
    tile.put %ring at %one, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !ring
    tile.release %ring at %n : !ring
  }
  tile.return
}

// -----

// Each side waits for what the other does next.
!wide = !tile.ring<1 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
!narrow = !tile.ring<1 x tensor<64x32xbf16, #tile.shared<swizzle = 64>>>
tile.kernel @specialize_c6_another_order(%x: memref<?x64xbf16>, %y: memref<?x32xbf16>, %i: index) {
  %n = arith.constant 0 : i32
  %wide = tile.make_ring : !wide
  %narrow = tile.make_ring : !narrow
  // expected-error @+1 {{'tile.specialize' op expected both sides to go through their rings in one order}}
  tile.specialize producer {
    // expected-note @+1 {{the producer goes on with 'tile.put'}}
    tile.put %wide at %n, %x[%i, %i] sizes [64, 64] : !wide, memref<?x64xbf16>
    tile.put %narrow at %n, %y[%i, %i] sizes [64, 32] : !narrow, memref<?x32xbf16>
  } consumers 4 {
    // expected-note @+1 {{the consumers go on with 'tile.get'}}
    %b = tile.get %narrow at %n : !narrow
    tile.release %narrow at %n : !narrow
    %a = tile.get %wide at %n : !wide
    tile.release %wide at %n : !wide
  }
  tile.return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c6_another_bound(%x: memref<?x64xbf16>, %i: index, %many: index, %more: index) {
  %n = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %ring = tile.make_ring : !ring
  // expected-error @+1 {{'tile.specialize' op expected both sides to go through their rings in one order}}
  tile.specialize producer {
    // expected-note @+1 {{the producer goes on with 'scf.for'}}
    scf.for %j = %c0 to %many step %c1 iter_args(%k = %n) -> i32 {
      tile.put %ring at %k, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
      %next = arith.addi %k, %one : i32
      scf.yield %next : i32
    }
  } consumers 4 {
    // expected-note @+1 {{the consumers go on with 'scf.for'}}
    scf.for %j = %c0 to %more step %c1 iter_args(%k = %n) -> i32 {
      %tile = tile.get %ring at %k : !ring
      tile.release %ring at %k : !ring
      %next = arith.addi %k, %one : i32
      scf.yield %next : i32
    }
  }
  tile.return
}

// -----

// Only some of the warpgroups get the tile: the others let the slot overflow.
!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c6_passed_by(%x: memref<?x64xbf16>, %i: index, %some: i1) {
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !ring
  // expected-error @+1 {{'tile.specialize' op expected both sides to go through their rings in one order}}
  tile.specialize producer {
    // expected-note @+1 {{the producer goes on with 'tile.put'}}
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    // expected-note @+1 {{the consumers go on with 'scf.if'}}
    scf.if %some {
      %k = tile.get %ring at %n : !ring
      tile.release %ring at %n : !ring
    }
  }
  tile.return
}

// -----

!visits = !tile.visit_ring<4 x 12>
tile.kernel @specialize_c6_visit_is_not_taken(%i: index, %tokens: i1) {
  %n = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %visits = tile.make_ring : !visits
  // expected-error @+2 {{'tile.specialize' op expected both sides to go through their rings in one order}}
  // expected-note @+1 {{the consumers have no more}}
  tile.specialize producer {
    tile.post %visits at %n : !visits
    // expected-note @+1 {{the producer goes on with 'tile.post'}}
    tile.post %visits at %one : !visits
  } consumers 4 {
    %0:4 = tile.take %visits at %n : !visits -> tensor<12xi1, #tile.bits>
  }
  tile.return
}
