// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

// A lane's columns, then the three other lanes of the row, for both halves.
// CHECK-LABEL: llvm.func @rows
// CHECK-DAG: arith.maxnumf
// CHECK-COUNT-4: simt.shuffle xor
// CHECK-NOT: simt.shuffle xor
tile.kernel @rows(%x: memref<?x64xf32>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32, #tile.fragment<warps = 4>>
    %m = tile.reduce max %a axis 1 : tensor<64x64xf32, #tile.fragment<warps = 4>> -> tensor<64xf32, #tile.fragment_rows<warps = 4>>
    tile.store %m, %y[%c0] sizes [64] : tensor<64xf32, #tile.fragment_rows<warps = 4>>, memref<?xf32>
  }
  tile.return
}

// All 32 lanes hold a row in lanes.
// CHECK-LABEL: llvm.func @rows_in_lanes
// CHECK-COUNT-5: simt.shuffle xor
// CHECK-NOT: simt.shuffle xor
tile.kernel @rows_in_lanes(%x: memref<?x64xf32>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [4, 64] : memref<?x64xf32> -> tensor<4x64xf32, #tile.lanes<warps = 4>>
    %m = tile.reduce add %a axis 1 : tensor<4x64xf32, #tile.lanes<warps = 4>> -> tensor<4xf32, #tile.lane_rows<warps = 4>>
    tile.store %m, %y[%c0] sizes [4] : tensor<4xf32, #tile.lane_rows<warps = 4>>, memref<?xf32>
  }
  tile.return
}

// Of 64 heads each of the four warps sums its 16, and a row of scratch per warp holds
// what its reader adds.
// CHECK-LABEL: gpu.module @sixty_four_heads
// CHECK: simt.sync_named
// CHECK-COUNT-14: simt.shuffle xor
// CHECK-NOT: simt.shuffle xor
// CHECK: simt.sync_named
// CHECK-COUNT-4: llvm.load {{.*}} : !llvm.ptr<3> -> f32
tile.kernel @sixty_four_heads(%x: memref<?x64xf32>, %y: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %carry = arith.constant dense<0.0> : tensor<1x1xf32, #tile.lanes<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
    %p = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32, #tile.fragment<warps = 4>>
    %sum = tile.reduce add %p axis 0 by 64 : tensor<64x64xf32, #tile.fragment<warps = 4>> -> tensor<1x64xf32, #tile.scratch<warps = 4>>
    %b, %next = tile.band_sum %sum carry %carry block 16 stride 16 into 64 : tensor<1x64xf32, #tile.scratch<warps = 4>>, tensor<1x1xf32, #tile.lanes<warps = 4>> -> tensor<1x16xf32, #tile.lanes<warps = 4>>
    tile.store %b, %y[%c0, %c0] sizes [1, 16] : tensor<1x16xf32, #tile.lanes<warps = 4>>, memref<?x16xf32>
  }
  tile.return
}

!p = tensor<64x64xf32, #tile.fragment<warps = 4>>
!sum = tensor<4x64xf32, #tile.scratch<warps = 4>>
!carry = tensor<4x1xf32, #tile.lanes<warps = 4>>
!b = tensor<4x16xf32, #tile.lanes<warps = 4>>

// Sums in the regions of a branch, and one behind what reads them, take one place: 4 rows of 64,
// and a row's length of padding before and behind them.
// CHECK-LABEL: gpu.module @sums_in_turn
// CHECK-SAME:  shared_bytes = 1536
tile.kernel @sums_in_turn(%x: memref<?x64xf32>, %y: memref<?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %some = arith.cmpi slt, %c0, %n : index
  %carry = arith.constant dense<0.0> : !carry
  tile.specialize producer {
  } consumers 4 {
    %p = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> !p
    %sum = scf.if %some -> (!sum) {
      %twice = arith.addf %p, %p : !p
      %s = tile.reduce add %twice axis 0 by 16 : !p -> !sum
      scf.yield %s : !sum
    } else {
      %s = tile.reduce add %p axis 0 by 16 : !p -> !sum
      scf.yield %s : !sum
    }
    %b, %next = tile.band_sum %sum carry %carry block 32 stride 16 into 64 : !sum, !carry -> !b
    %last = tile.reduce add %p axis 0 by 16 : !p -> !sum
    %c, %end = tile.band_sum %last carry %next block 32 stride 16 into 64 : !sum, !carry -> !b
    %d = arith.addf %b, %c : !b
    tile.store %d, %y[%c0, %c0] sizes [4, 16] : !b, memref<?x16xf32>
  }
  tile.return
}

// Those that are there at once do not: neither beside one another, nor in a branch that runs
// before the other has been read.
// CHECK-LABEL: gpu.module @sums_at_once
// CHECK-SAME:  shared_bytes = 4608
tile.kernel @sums_at_once(%x: memref<?x64xf32>, %y: memref<?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %some = arith.cmpi slt, %c0, %n : index
  %carry = arith.constant dense<0.0> : !carry
  tile.specialize producer {
  } consumers 4 {
    %p = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> !p
    %first = tile.reduce add %p axis 0 by 16 : !p -> !sum
    %second = tile.reduce add %p axis 0 by 16 : !p -> !sum
    %next = scf.if %some -> (!carry) {
      %s = tile.reduce add %p axis 0 by 16 : !p -> !sum
      %i, %n0 = tile.band_sum %s carry %carry block 32 stride 16 into 64 : !sum, !carry -> !b
      scf.yield %n0 : !carry
    } else {
      scf.yield %carry : !carry
    }
    %b, %n1 = tile.band_sum %first carry %next block 32 stride 16 into 64 : !sum, !carry -> !b
    %c, %n2 = tile.band_sum %second carry %n1 block 32 stride 16 into 64 : !sum, !carry -> !b
    %d = arith.addf %b, %c : !b
    tile.store %d, %y[%c0, %c0] sizes [4, 16] : !b, memref<?x16xf32>
  }
  tile.return
}

// Down a warpgroup's rows: a lane's two, then the eight lanes of a column, then a row of scratch for each warp, which all
// add in one order.
// CHECK-LABEL: gpu.module @columns
// CHECK-SAME: shared_bytes = 128
// CHECK-COUNT-6: simt.shuffle xor
// CHECK-NOT: simt.shuffle xor
// CHECK: simt.sync_named
// CHECK: scf.if
// CHECK-COUNT-2: llvm.store {{.*}} : f32, !llvm.ptr<3>
// CHECK: simt.sync_named
// CHECK-COUNT-8: llvm.load {{.*}} : !llvm.ptr<3> -> f32
// CHECK-NOT: llvm.load
tile.kernel @columns(%x: memref<?x8xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf32> -> tensor<64x8xf32, #tile.fragment<warps = 4>>
    %m = tile.reduce add %a axis 0 : tensor<64x8xf32, #tile.fragment<warps = 4>> -> tensor<8xf32, #tile.fragment_columns<warps = 4>>
    tile.store %m, %y[%c0] sizes [8] : tensor<8xf32, #tile.fragment_columns<warps = 4>>, memref<8xf32>
  }
  tile.return
}
