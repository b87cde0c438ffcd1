// REQUIRES: fovea-opt, fovea-interpret
// A top-k with its queue, by lanes, over rows of every kind at once: what is drawn, columns that ascend (every
// score is a candidate), whole numbers that columns share, five scores among NaN, nothing but -inf, nothing
// but NaN, one number alone, columns that descend. 640 scores in steps of 40 fill a queue up to twenty times, and
// not at the same step; and a buffer of 512 once.
// DEFINE: %{rows} = 4
// DEFINE: %{heads} = 16
// DEFINE: %{programs} = 2
// DEFINE: %{tokens} = 128
// DEFINE: %{tile} = 64
// DEFINE: %{entries} = 16
// DEFINE: %{keys} = 1
// DEFINE: %{width} = 40
// DEFINE: %{skip} = 1
// DEFINE: %{target} = sm_90a
// DEFINE: %{kernel} = sed 's/ROWS/%{rows}/g; s/HEADS/%{heads}/g; s/PROGRAMS/%{programs}/g; s/TILE/%{tile}/g; s/ENTRIES/%{entries}/g; s/KEYS/%{keys}/g; s/WIDTH/%{width}/g; s/SKIP/%{skip}/g' %s > %t.logical
// DEFINE: %{lower} = fovea-opt %t.logical --fovea-place-tiles --convert-tile-to-simt=target=%{target} -o %t.threads
// DEFINE: %{compare} = --against=%t.logical --policy=random --seeds=1 --lengths=%{tokens} --entry=select
// DEFINE: %{run} = %{kernel} && %{lower} && fovea-interpret %t.threads %{compare}
// CHECK: ok: 1 orders

// A row per warp: one entry, some lanes', all lanes', and more than a register's.
// REDEFINE: %{entries} = 1
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 3
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 16
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 32
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 128
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 512
// RUN: %{run} | FileCheck %s
// REDEFINE: %{target} = sm_80
// REDEFINE: %{entries} = 64
// RUN: %{run} | FileCheck %s

// The scores of a step do not follow those of the one before.
// REDEFINE: %{skip} = 3
// REDEFINE: %{entries} = 16
// RUN: %{run} | FileCheck %s
// REDEFINE: %{skip} = 1

// Five scores a step are inserted one by one.
// REDEFINE: %{keys} = 8
// REDEFINE: %{width} = 5
// REDEFINE: %{entries} = 33
// RUN: %{run} | FileCheck %s

// Two warps hold a row, each with a queue of its own.
// REDEFINE: %{rows} = 2
// REDEFINE: %{heads} = 32
// REDEFINE: %{programs} = 4
// REDEFINE: %{tokens} = 256
// REDEFINE: %{keys} = 1
// REDEFINE: %{width} = 40
// RUN: %{run} | FileCheck %s
// REDEFINE: %{target} = sm_90a
// RUN: %{run} | FileCheck %s

// Sixteen rows of a warp, which share registers where they have sixteen entries at most, and
// else have their own; then eight rows.
// REDEFINE: %{rows} = 64
// REDEFINE: %{heads} = 1
// REDEFINE: %{programs} = 1
// REDEFINE: %{tokens} = 64
// REDEFINE: %{entries} = 1
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 13
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 16
// RUN: %{run} | FileCheck %s
// REDEFINE: %{entries} = 17
// RUN: %{run} | FileCheck %s
// REDEFINE: %{target} = sm_80
// REDEFINE: %{entries} = 33
// RUN: %{run} | FileCheck %s
// REDEFINE: %{rows} = 32
// REDEFINE: %{heads} = 2
// REDEFINE: %{entries} = 16
// RUN: %{run} | FileCheck %s
// REDEFINE: %{skip} = 3
// REDEFINE: %{entries} = 5
// RUN: %{run} | FileCheck %s
// REDEFINE: %{skip} = 1

// Four rows of a warp, with a buffer each, and without; two rows.
// REDEFINE: %{rows} = 16
// REDEFINE: %{heads} = 4
// REDEFINE: %{entries} = 33
// RUN: %{run} | FileCheck %s
// REDEFINE: %{rows} = 32
// REDEFINE: %{tile} = 128
// REDEFINE: %{tokens} = 128
// REDEFINE: %{entries} = 13
// RUN: %{run} | FileCheck %s
// REDEFINE: %{heads} = 8
// REDEFINE: %{tile} = 256
// REDEFINE: %{tokens} = 256
// REDEFINE: %{entries} = 16
// RUN: %{run} | FileCheck %s

// Equal scores in no order, and an entry that every queue loses, show.
// DEFINE: %{broken} = not fovea-interpret %t.broken --unverified %{compare}
// RUN: sed 's/arith.cmpf oeq/arith.cmpf ogt/' %t.threads > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=NUMBERS
// RUN: sed 's/arith.cmpi sle/arith.cmpi slt/' %t.threads > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=NUMBERS
// NUMBERS: numbers: the other module gives other numbers

!x = memref<?x640xf32>
!y = memref<PROGRAMSxROWSxENTRIESxi32>
!scores = tensor<ROWSxWIDTHxf32>
!values = tensor<ROWSxENTRIESxf32>
!indices = tensor<ROWSxENTRIESxi32>

func.func @select(%x: !x, %y: !y {tile.output}) {
  %programs = arith.constant PROGRAMS : index
  tile.launch @select_topk grid(%programs) (%x, %y) : !x, !y
  return
}

tile.kernel private @select_topk(%x: !x, %y: !y) {
  %zero = arith.constant 0 : index
  %keys = arith.constant KEYS : index
  %width = arith.constant 40 : index
  %end = arith.constant 640 : index
  %tokens = arith.constant TILE : index
  %rows = arith.constant ROWS : index
  %program = tile.program_id 0
  %token = arith.muli %program, %tokens : index
  %row = arith.muli %program, %rows : index
  %minus_infinity = arith.constant dense<0xFF800000> : !scores
  %nan = arith.constant dense<0x7FC00000> : !scores
  %one = arith.constant dense<1.0> : !scores
  %two = arith.constant dense<2.0> : !scores
  %mask63 = arith.constant dense<63> : tensor<ROWSxWIDTHxi32>
  %mask7 = arith.constant dense<7> : tensor<ROWSxWIDTHxi32>
  %i1 = arith.constant dense<1> : tensor<ROWSxWIDTHxi32>
  %i2 = arith.constant dense<2> : tensor<ROWSxWIDTHxi32>
  %i3 = arith.constant dense<3> : tensor<ROWSxWIDTHxi32>
  %i4 = arith.constant dense<4> : tensor<ROWSxWIDTHxi32>
  %i5 = arith.constant dense<5> : tensor<ROWSxWIDTHxi32>
  %i6 = arith.constant dense<6> : tensor<ROWSxWIDTHxi32>
  %i7 = arith.constant dense<7> : tensor<ROWSxWIDTHxi32>
  %numbers = tile.positions %row : tensor<ROWSxi32>
  %number = tile.broadcast %numbers axis 1 : tensor<ROWSxi32> -> tensor<ROWSxWIDTHxi32>
  %kind = arith.andi %number, %mask7 : tensor<ROWSxWIDTHxi32>
  %v = arith.constant dense<0xFF800000> : !values
  %i = arith.constant dense<-1> : !indices
  %best:2 = scf.for %column = %zero to %end step %width iter_args(%v0 = %v, %in0 = %i) -> (!values, !indices) {
    %loaded = tile.load %x[%token, %column] sizes [TILE, 40] : !x -> tensor<TILEx40xf32>
    %sums = tile.reduce add %loaded axis 0 by HEADS : tensor<TILEx40xf32> -> tensor<ROWSx40xf32>
    %drawn = tile.block_max %sums by KEYS : tensor<ROWSx40xf32> -> !scores
    %block = arith.divui %column, %keys : index
    %columns = tile.positions %block : tensor<WIDTHxi32>
    %place = tile.broadcast %columns axis 0 : tensor<WIDTHxi32> -> tensor<ROWSxWIDTHxi32>
    %ascending = arith.sitofp %place : tensor<ROWSxWIDTHxi32> to !scores
    %descending = arith.negf %ascending : !scores
    %doubled = arith.mulf %drawn, %two : !scores
    %whole = arith.fptosi %doubled : !scores to tensor<ROWSxWIDTHxi32>
    %shared = arith.sitofp %whole : tensor<ROWSxWIDTHxi32> to !scores
    %remainder = arith.andi %place, %mask63 : tensor<ROWSxWIDTHxi32>
    %chosen = arith.cmpi eq, %remainder, %i5 : tensor<ROWSxWIDTHxi32>
    %few = arith.select %chosen, %drawn, %nan : tensor<ROWSxWIDTHxi1>, !scores
    %is1 = arith.cmpi eq, %kind, %i1 : tensor<ROWSxWIDTHxi32>
    %is2 = arith.cmpi eq, %kind, %i2 : tensor<ROWSxWIDTHxi32>
    %is3 = arith.cmpi eq, %kind, %i3 : tensor<ROWSxWIDTHxi32>
    %is4 = arith.cmpi eq, %kind, %i4 : tensor<ROWSxWIDTHxi32>
    %is5 = arith.cmpi eq, %kind, %i5 : tensor<ROWSxWIDTHxi32>
    %is6 = arith.cmpi eq, %kind, %i6 : tensor<ROWSxWIDTHxi32>
    %is7 = arith.cmpi eq, %kind, %i7 : tensor<ROWSxWIDTHxi32>
    %s1 = arith.select %is1, %ascending, %drawn : tensor<ROWSxWIDTHxi1>, !scores
    %s2 = arith.select %is2, %shared, %s1 : tensor<ROWSxWIDTHxi1>, !scores
    %s3 = arith.select %is3, %few, %s2 : tensor<ROWSxWIDTHxi1>, !scores
    %s4 = arith.select %is4, %minus_infinity, %s3 : tensor<ROWSxWIDTHxi1>, !scores
    %s5 = arith.select %is5, %nan, %s4 : tensor<ROWSxWIDTHxi1>, !scores
    %s6 = arith.select %is6, %one, %s5 : tensor<ROWSxWIDTHxi1>, !scores
    %s7 = arith.select %is7, %descending, %s6 : tensor<ROWSxWIDTHxi1>, !scores
    %skip = arith.constant SKIP : index
    %base = arith.muli %block, %skip : index
    %v1, %in1 = tile.topk_update %v0, %in0 with %s7 at %base : !values, !indices, !scores
    scf.yield %v1, %in1 : !values, !indices
  }
  %sorted = tile.topk_indices %best#0, %best#1 : !values, !indices -> !indices
  tile.store %sorted, %y[%program, %zero, %zero] sizes [1, ROWS, ENTRIES] : !indices, !y
  tile.return
}
