// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// Numbers that do not count the tiles of their ring: one side waits for a turn that never
// comes, or takes one turn of a slot for another.

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c5_start(%x: memref<?x64xbf16>, %i: index, %n: i32) {
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    // expected-error @+1 {{'tile.put' op expected a number that counts the tiles of its ring from 0, one more for each put, post, get and take of this side, on every path}}
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !ring
    tile.release %ring at %n : !ring
  }
  tile.return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c5_twice(%x: memref<?x64xbf16>, %i: index) {
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
    // expected-error @+1 {{'tile.put' op expected a number that counts the tiles of its ring from 0}}
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !ring
    tile.release %ring at %n : !ring
  }
  tile.return
}

// -----

// The loop carries a count that does not move.
!visits = !tile.visit_ring<4 x 12>
tile.kernel @specialize_c5_still(%many: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %visits = tile.make_ring : !visits
  tile.specialize producer {
    scf.for %j = %c0 to %many step %c1 iter_args(%k = %n) -> i32 {
      // expected-error @+1 {{'tile.post' op expected a number that counts the tiles of its ring from 0}}
      tile.post %visits at %k : !visits
      scf.yield %k : i32
    }
  } consumers 4 {
    %0:4 = tile.take %visits at %n : !visits -> tensor<12xi1, #tile.bits>
  }
  tile.return
}

// -----

// A whole turn of the slots ahead: the parity is right and the tile is not.
!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c5_turn(%x: memref<?x64xbf16>, %i: index) {
  %n = arith.constant 0 : i32
  %turn = arith.constant 4 : i32
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    // expected-error @+1 {{'tile.get' op expected a number that counts the tiles of its ring from 0}}
    %k = tile.get %ring at %turn : !ring
    tile.release %ring at %turn : !ring
  }
  tile.return
}

// -----

// One branch gets a tile and the other none; behind them the number is right for one.
!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c5_branches(%x: memref<?x64xbf16>, %i: index, %some: i1) {
  %n = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
    tile.put %ring at %one, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
    scf.if %some {
      %k = tile.get %ring at %n : !ring
      tile.release %ring at %n : !ring
    }
    // expected-error @+1 {{'tile.get' op expected a number that counts the tiles of its ring from 0}}
    %l = tile.get %ring at %one : !ring
    tile.release %ring at %one : !ring
  }
  tile.return
}

// -----

!visits = !tile.visit_ring<4 x 12>
tile.kernel @specialize_c5_in_the_condition() {
  %n = arith.constant 0 : i32
  %visits = tile.make_ring : !visits
  tile.specialize producer {
    tile.post %visits at %n : !visits
  } consumers 4 {
    scf.while : () -> () {
      // expected-error @+1 {{'tile.take' op expected no ring where a loop decides to go on}}
      %more, %b, %t, %m = tile.take %visits at %n : !visits -> tensor<12xi1, #tile.bits>
      scf.condition(%more)
    } do {
      scf.yield
    }
  }
  tile.return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c5_other_regions(%x: memref<?x64xbf16>, %i: index) {
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    // expected-error @+1 {{'scf.execute_region' op expected loops and scf.if around rings}}
    scf.execute_region {
      tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
      scf.yield
    }
  } consumers 4 {
    %k = tile.get %ring at %n : !ring
    tile.release %ring at %n : !ring
  }
  tile.return
}
