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
