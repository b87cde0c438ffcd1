// Sound kernels of two consumer warpgroups, and what a run finds when a line of them is
// wrong. The verifiers refuse most of these before; they are not asked here.
// DEFINE: %{run} = fovea-interpret --unverified --grid=2,1 --blocks=1
// RUN: fovea-opt %s -o %t
// RUN: %{run} %s --entry=matmul --lengths=256 | FileCheck %s --check-prefix=SOUND
// RUN: %{run} %s --entry=pass --lengths=256 | FileCheck %s --check-prefix=SOUND
// RUN: %{run} %s --entry=pairs --lengths=256 | FileCheck %s --check-prefix=SOUND
// RUN: %{run} %s --entry=sums --lengths=256 | FileCheck %s --check-prefix=SOUND
// SOUND: ok: 34 orders

// A tile too many: the program's count goes on, or the next program puts over it.
// RUN: sed 's|// after the puts|tile.put %%ring at %%n4, %%b[%%c0, %%c0] sizes [64, 32] : !ring, memref<?x32xbf16> %%n5 = arith.addi %%n4, %%one : i32|; s|%%n4 : i32 // count|%%n5 : i32|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=EXTRA
// EXTRA: unbalanced: tile {{8|9}} was put into ring 0 {{.*}} and group {{[01]}} did not get it
// EXTRA: in 34 of 34 orders
// RUN: sed 's|// after the puts|tile.put %%ring at %%n4, %%b[%%c0, %%c0] sizes [64, 32] : !ring, memref<?x32xbf16>|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=TWICE
// TWICE: race: tile 4 goes into slot 0 of ring 0 {{.*}} over tile 4

// The count of a get: it does not move; it is one, or one turn, ahead.
// RUN: sed 's|%%k0 : i32 // number|%%n : i32|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=STILL
// STILL: race: group {{[01]}} gets tile 0 of ring 0 {{.*}} twice
// RUN: sed 's|%%k0 : i32 // number|%%next : i32|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=AHEAD
// AHEAD: deadlock: no role of the block can run
// AHEAD: note: the producer waits to put tile 2 into ring 0 {{.*}}: slot 0 holds tile 0, the empty barrier's parity 0 has not ended; group 0 has not got it; group 1 has not got it
// RUN: sed 's|%%k0 : i32 // number|%%turn : i32|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=TURN
// TURN: race: group {{[01]}} passes the wait for tile 2 of ring 0 {{.*}} (slot 0, parity 1), but the slot holds

// A warpgroup that passes a tile by does not wait for it; or it gives back what it never
// got, and runs ahead.
// RUN: sed '/PASS/d' %s | not %{run} --entry=pass --lengths=256 | FileCheck %s --check-prefix=SKIP
// SKIP: deadlock: no role of the block can run
// SKIP: note: the producer waits to put tile 2 {{.*}}; group 1 has not got it
// RUN: sed '/PASS GET/d' %s | not %{run} --entry=pass --lengths=256 | FileCheck %s --check-prefix=BLIND
// BLIND: race: group 1 releases tile 0 of ring 0 {{.*}}, which it did not get

// Two tiles are held at once, and the ring has one stage.
// RUN: sed 's|ring<2|ring<1|' %s | not %{run} --entry=pairs --lengths=256 | FileCheck %s --check-prefix=STAGES
// STAGES: deadlock: no role of the block can run
// STAGES: note: the producer waits to put tile 1 {{.*}}; group 0 has not released it; group 1 has not released it
// STAGES: note: group 0 waits to get tile 1 of ring 0
// STAGES: note: group 1 waits to get tile 1 of ring 0

// A slot is given back before its product has read it, or a tile is read afterwards; rows
// are cleared under a product.
// RUN: sed 's|// after the issue|tile.release %%ring at %%k : !ring|; s|tile.release.*// last read||' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=EARLY
// EARLY: race: group {{[01]}} releases tile 0 of ring 0 {{.*}} while a product that reads it may run
// EARLY: note: issued here
// RUN: sed 's|// before the issue|tile.release %%ring at %%k : !ring|; s|tile.release.*// last read||' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=AFTER
// AFTER: race: group {{[01]}} touches tile 0 of ring 0 {{.*}} after its release
// RUN: sed 's|// after the issue|tile.clear_rows %%tile from %%c0 : !slot|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=CHANGE
// CHANGE: race: an operand of a product of group {{[01]}} changes between its issue and its wait

// A wait that leaves its own product running.
// RUN: sed 's|newer 0|newer 1|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=NEWER
// NEWER: pending: group {{[01]}} waits with 1 newer products allowed, but only 0 were issued after this one

// Two programs write the same rows; rows that are not there; other numbers.
// RUN: sed 's|%%first, %%c0] sizes \[128, 32]|%%c0, %%c0] sizes [128, 32]|' %s | not %{run} --entry=matmul --lengths=256 | FileCheck %s --check-prefix=WRITERS
// WRITERS: race: an element is written by two programs
// RUN: not %{run} %s --entry=matmul --lengths=200 | FileCheck %s --check-prefix=BOUNDS
// BOUNDS: bounds: expected a box inside of the view of shape [200, 64], got one at [128, 0]
// RUN: sed 's|dense<0.0>|dense<1.0>|' %s > %t
// RUN: not %{run} %s --against=%t --entry=matmul --lengths=256 | FileCheck %s --check-prefix=NUMBERS
// NUMBERS: numbers: the other module gives other numbers: argument 2: {{[0-9]+}} of 8192 elements

// A program reads what another one writes.
// RUN: sed 's|%%b\[%%first|%%out[%%c128|' %s | not %{run} --entry=sums --lengths=256 | FileCheck %s --check-prefix=READERS
// READERS: race: an element is read that this launch writes

// What a fragment holds is summed over rows of two warpgroups.
// RUN: sed 's|by 64|by 128|; s|tensor<2x32xf32, #tile.scratch|tensor<1x32xf32, #tile.scratch|' %s | not %{run} --entry=sums --lengths=256 | FileCheck %s --check-prefix=SUMS
// SUMS: race: a value of group {{[01]}} is reduced from 128 rows that other warpgroups hold too

// Without the option they are asked.
// RUN: sed '/last read/d' %s | not fovea-interpret --grid=2,1 --entry=matmul --lengths=256 2>&1 | FileCheck %s --check-prefix=DELETED
// DELETED: error: 'tile.get' op expected one tile.release of its ring and number in its block, got 0

!slot = tensor<64x32xbf16, #tile.shared<swizzle = 64>>
!ring = !tile.ring<2 x tensor<64x32xbf16, #tile.shared<swizzle = 64>>>
!left = tensor<128x64xbf16, #tile.fragment<warps = 8>>
!acc = tensor<128x32xf32, #tile.fragment<warps = 8>>

// out = a times the sum of four tiles of b.
tile.kernel @matmul(%a: memref<?x64xbf16>, %b: memref<?x32xbf16>, %out: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %none = arith.constant dense<0.0> : !acc
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    tile.for_programs last_tile_first : (%x: index, %y: index) carry(%n = %zero : i32) {
      %n4 = scf.for %i = %c0 to %c4 step %c1 iter_args(%k = %n) -> (i32) {
        %row = arith.muli %i, %c64 : index
        tile.put %ring at %k, %b[%row, %c0] sizes [64, 32] : !ring, memref<?x32xbf16>
        %next = arith.addi %k, %one : i32
        scf.yield %next : i32
      }
      // after the puts
      tile.yield %n4 : i32 // count
    }
  } consumers 8 {
    tile.for_programs last_tile_first : (%x: index, %y: index) carry(%n = %zero : i32) {
      %first = arith.muli %x, %c128 : index
      %left = tile.load %a[%first, %c0] sizes [128, 64] : memref<?x64xbf16> -> !left
      %sum, %n4 = scf.for %i = %c0 to %c4 step %c1
          iter_args(%acc = %none, %k0 = %n) -> (!acc, i32) {
        %next = arith.addi %k0, %one : i32
        %turn = arith.addi %k0, %two : i32
        %k = arith.addi %zero, %k0 : i32 // number
        %tile = tile.get %ring at %k : !ring
        // before the issue
        %p = tile.issue_dot %left, %tile, %acc : !left, !slot, !acc
        // after the issue
        %s = tile.wait %p newer 0 : !tile.pending<!acc>
        tile.release %ring at %k : !ring // last read
        scf.yield %s, %next : !acc, i32
      }
      tile.store %sum, %out[%first, %c0] sizes [128, 32] : !acc, memref<?x32xf32>
      tile.yield %n4 : i32
    }
  }
  tile.return
}

// The second warpgroup has no row of the tokens that a tile is for.
tile.kernel @pass(%b: memref<?x32xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %tokens = arith.constant dense<[1, 0]> : tensor<2xi1, #tile.bits>
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    scf.for %i = %c0 to %c4 step %c1 iter_args(%k = %zero) -> (i32) {
      tile.put %ring at %k, %b[%i, %c0] sizes [64, 32] : !ring, memref<?x32xbf16>
      %next = arith.addi %k, %one : i32
      scf.yield %next : i32
    }
  } consumers 8 {
    scf.for %i = %c0 to %c4 step %c1 iter_args(%k = %zero) -> (i32) {
      %some = tile.any_token %tokens heads 64 : tensor<2xi1, #tile.bits>
      scf.if %some {
        %tile = tile.get %ring at %k : !ring
        tile.release %ring at %k : !ring
      } else {
        %tile = tile.get %ring at %k : !ring // PASS GET
        tile.release %ring at %k : !ring     // PASS RELEASE
      }
      %next = arith.addi %k, %one : i32
      scf.yield %next : i32
    }
  }
  tile.return
}

// Two tiles at a time.
tile.kernel @pairs(%b: memref<?x32xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %ring = tile.make_ring : !ring
  tile.specialize producer {
    tile.put %ring at %zero, %b[%c0, %c0] sizes [64, 32] : !ring, memref<?x32xbf16>
    tile.put %ring at %one, %b[%c0, %c0] sizes [64, 32] : !ring, memref<?x32xbf16>
  } consumers 8 {
    %first = tile.get %ring at %zero : !ring
    %second = tile.get %ring at %one : !ring
    tile.release %ring at %zero : !ring
    tile.release %ring at %one : !ring
  }
  tile.return
}

// The sum of each 64 rows, the heads of a token.
tile.kernel @sums(%b: memref<?x32xf32>, %out: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  tile.specialize producer {
  } consumers 8 {
    tile.for_programs last_tile_first : (%x: index, %y: index) {
      %first = arith.muli %x, %c128 : index
      %tile = tile.load %b[%first, %c0] sizes [128, 32] : memref<?x32xf32> -> !acc
      %sum = tile.reduce add %tile axis 0 by 64 : !acc -> tensor<2x32xf32, #tile.scratch<warps = 8>>
      tile.store %tile, %out[%first, %c0] sizes [128, 32] : !acc, memref<?x32xf32>
    }
  }
  tile.return
}
