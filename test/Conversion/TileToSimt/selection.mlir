// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!scores = tensor<4x16xf32, #tile.lanes<warps = 4>>
!sorted = tensor<4x16xi32, #tile.lanes<warps = 4>>
!best = tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>
!names = tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>

// Sums per token go through scratch between two meetings of the warp. Shared memory has 2304 B
// more for each warp: a buffer of 512 scores, and a queue. The first scores of a row are stored.
// CHECK-LABEL: gpu.module @select
// CHECK-SAME:  shared_bytes = 10752
// CHECK:       simt.sync_warp
// CHECK:       llvm.store %{{.+}} : f32, !llvm.ptr<3>
// CHECK:       simt.sync_warp
// CHECK:       llvm.load %{{.+}} : !llvm.ptr<3> -> f32
// CHECK:       %[[HAS:.+]] = arith.cmpi slt, %{{.+}}, %c16_i32
// CHECK-NEXT:  scf.if %[[HAS]] {
// CHECK-NEXT:    llvm.store %{{.+}} : f32, !llvm.ptr<3>
// CHECK-NEXT:  }
// At the end they meet. The best of four columns a lane are sorted, by 15 steps of a value and an
// index each, and the sixteenth best is the threshold; what is not below it is queued.
// CHECK:       simt.sync_warp
// CHECK-COUNT-4: arith.maxnumf
// CHECK-COUNT-30: simt.shuffle xor
// CHECK:       simt.shuffle index %{{.+}}, %c15_i32 : f32
// CHECK:       arith.cmpf oge
// CHECK-COUNT-4: simt.ballot
// CHECK:       llvm.store %{{.+}} : f32, !llvm.ptr<3>
// CHECK:       llvm.store %{{.+}} : i32, !llvm.ptr<3>
// 15 steps sort the queue and 5 what it leaves of the entries.
// CHECK:       scf.for
// CHECK:         scf.if
// CHECK-NEXT:      simt.sync_warp
// CHECK-COUNT-40:  simt.shuffle xor
// CHECK-NOT:       simt.shuffle xor
// CHECK:           simt.sync_warp
// The indices are sorted by 15 steps more.
// CHECK-COUNT-15: simt.shuffle xor
// CHECK-NOT:   simt.shuffle xor
tile.kernel @select(%x: memref<?x64xf32>, %y: memref<?x16xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %carry = arith.constant dense<0.0> : tensor<4x1xf32, #tile.lanes<warps = 4>>
  %v = arith.constant dense<0xFF800000> : !best
  %i = arith.constant dense<-1> : !names
  tile.specialize producer {
  } consumers 4 {
    %p = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32, #tile.fragment<warps = 4>>
    %sum = tile.reduce add %p axis 0 by 16 : tensor<64x64xf32, #tile.fragment<warps = 4>> -> tensor<4x64xf32, #tile.scratch<warps = 4>>
    %b, %next = tile.band_sum %sum carry %carry block 32 stride 16 into 64 : tensor<4x64xf32, #tile.scratch<warps = 4>>, tensor<4x1xf32, #tile.lanes<warps = 4>> -> !scores
    %v1, %i1 = tile.topk_update %v, %i with %b at %base : !best, !names, !scores
    %sorted = tile.topk_indices %v1, %i1 : !best, !names -> !sorted
    tile.store %sorted, %y[%c0, %c0] sizes [4, 16] : !sorted, memref<?x16xi32>
  }
  tile.return
}

// In a loop: where a buffer has no room, or the scores do not follow those that wait, it is
// emptied first.
// CHECK-LABEL: gpu.module @select_steps
// CHECK:       scf.for {{.+}} iter_args({{.+}}) -> (vector<1xf32>, vector<3xi32>)
// CHECK:         %[[FOLLOWS:.+]] = arith.ori
// CHECK:         %[[FITS:.+]] = arith.cmpi slt, %{{.+}}, %c496_i32
// CHECK:         %[[BOTH:.+]] = arith.andi %[[FOLLOWS]], %[[FITS]]
// CHECK:         scf.if %[[BOTH]]
// CHECK-NEXT:      scf.yield
// CHECK:         } else {
// CHECK:           %[[SOME:.+]] = arith.cmpi sge, %{{.+}}, %c0_i32
// CHECK:           scf.if %[[SOME]]
// CHECK-NEXT:        simt.sync_warp
// CHECK-COUNT-70:    simt.shuffle xor
// CHECK:         llvm.store %{{.+}} : f32, !llvm.ptr<3>
tile.kernel @select_steps(%x: memref<?x64xf32>, %y: memref<?x16xi32>, %end: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %v = arith.constant dense<0xFF800000> : !best
  %i = arith.constant dense<-1> : !names
  tile.specialize producer {
  } consumers 4 {
    %b = tile.load %x[%c0, %c0] sizes [4, 16] : memref<?x64xf32> -> !scores
    %v1, %i1 = scf.for %step = %c0 to %end step %c1 iter_args(%v0 = %v, %i0 = %i) -> (!best, !names) {
      %base = arith.muli %step, %c16 : index
      %v2, %i2 = tile.topk_update %v0, %i0 with %b at %base : !best, !names, !scores
      scf.yield %v2, %i2 : !best, !names
    }
    %sorted = tile.topk_indices %v1, %i1 : !best, !names -> !sorted
    tile.store %sorted, %y[%c0, %c0] sizes [4, 16] : !sorted, memref<?x16xi32>
  }
  tile.return
}

!long_sorted = tensor<4x33xi32, #tile.lanes<warps = 4>>
!long = tensor<4x33xf32, #tile.queued<warps = 4, queue = 0>>
!long_names = tensor<4x33xi32, #tile.queued<warps = 4, queue = 0>>

// Two entries per lane, for which columns are too few: there is no threshold. A queue's 15
// steps, then 5 for the first register, 5 for what it passes on, and 5 for the second one, of
// two words each.
// CHECK-LABEL: gpu.module @select_two_per_lane
// CHECK-NOT:   arith.maxnumf
// CHECK:       scf.for
// CHECK:         scf.if
// CHECK-COUNT-60:  simt.shuffle xor
// CHECK-NOT:       simt.shuffle xor
// CHECK:         } else {
// Then both registers are sorted, in 15 steps, compared from both ends, each with the other, and
// sorted again in 5.
// CHECK-COUNT-42: simt.shuffle xor
// CHECK-NOT:   simt.shuffle xor
tile.kernel @select_two_per_lane(%x: memref<?x16xf32>, %y: memref<?x33xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : !long
  %i = arith.constant dense<-1> : !long_names
  tile.specialize producer {
  } consumers 4 {
    %b = tile.load %x[%c0, %c0] sizes [4, 16] : memref<?x16xf32> -> !scores
    %v1, %i1 = tile.topk_update %v, %i with %b at %base : !long, !long_names, !scores
    %sorted = tile.topk_indices %v1, %i1 : !long, !long_names -> !long_sorted
    tile.store %sorted, %y[%c0, %c0] sizes [4, 33] : !long_sorted, memref<?x33xi32>
  }
  tile.return
}

!few = tensor<4x2xf32, #tile.lanes<warps = 4>>

// Few scores are inserted one by one: the place is the number of lanes that are at least as
// good; with two entries per lane it counts both registers, and the last lane's entry moves
// on to the first lane's next register.
// CHECK-LABEL: gpu.module @insert
// CHECK-SAME:  shared_bytes = 0
// CHECK:       simt.ballot
// CHECK:       scf.while
// CHECK-COUNT-2: llvm.intr.ctpop
// CHECK-COUNT-2: simt.shuffle up
// CHECK:         simt.shuffle index
// CHECK-COUNT-42: simt.shuffle xor
// CHECK-NOT:   simt.shuffle xor
tile.kernel @insert(%x: memref<?x2xf32>, %y: memref<?x33xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : tensor<4x33xf32, #tile.lanes<warps = 4>>
  %i = arith.constant dense<-1> : !long_sorted
  tile.specialize producer {
  } consumers 4 {
    %b = tile.load %x[%c0, %c0] sizes [4, 2] : memref<?x2xf32> -> !few
    %v1, %i1 = tile.topk_update %v, %i with %b at %base : tensor<4x33xf32, #tile.lanes<warps = 4>>, !long_sorted, !few
    %sorted = tile.topk_indices %v1, %i1 : tensor<4x33xf32, #tile.lanes<warps = 4>>, !long_sorted -> !long_sorted
    tile.store %sorted, %y[%c0, %c0] sizes [4, 33] : !long_sorted, memref<?x33xi32>
  }
  tile.return
}

!many = tensor<64x16xf32, #tile.queued<warps = 4, queue = 0>>
!many_names = tensor<64x16xi32, #tile.queued<warps = 4, queue = 0>>

// The 16 rows of a warp share eight registers, two lanes a row, and their votes come before any
// of them queues. Where a queue has no room for all, the queues are merged, and the scores that
// are left compared again: eight registers of two words each meet the other lane twice, and all
// else compares a lane's own.
// CHECK-LABEL: gpu.module @select_many_rows
// CHECK-SAME:  shared_bytes = 9216
// CHECK:       scf.while
// CHECK-COUNT-16: simt.ballot
// CHECK:         scf.if
// CHECK-COUNT-32: llvm.store %{{.+}} !llvm.ptr<3>
// CHECK:           simt.ballot
// CHECK:         scf.condition
// CHECK:         simt.sync_warp
// CHECK-COUNT-16: llvm.load %{{.+}} !llvm.ptr<3>
// CHECK-NOT:     llvm.load
// CHECK-COUNT-32: simt.shuffle xor
// CHECK-NOT:     simt.shuffle xor
// CHECK:         simt.sync_warp
// CHECK:         scf.yield
// The same at the end. Then the indices meet the other lane once, and come through the queues'
// memory to a register for each row.
// CHECK:       simt.sync_warp
// CHECK-COUNT-40: simt.shuffle xor
// CHECK-NOT:   simt.shuffle xor
// CHECK-COUNT-8: llvm.store %{{.+}} : i32, !llvm.ptr<3>
// CHECK-NOT:   llvm.store
// CHECK:       simt.sync_warp
// CHECK-COUNT-16: llvm.load %{{.+}} !llvm.ptr<3> -> i32
// CHECK:       simt.sync_warp
tile.kernel @select_many_rows(%x: memref<?x16xf32>, %y: memref<?x16xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : !many
  %i = arith.constant dense<-1> : !many_names
  tile.specialize producer {
  } consumers 4 {
    %b = tile.load %x[%c0, %c0] sizes [64, 16] : memref<?x16xf32> -> tensor<64x16xf32, #tile.lanes<warps = 4>>
    %v1, %i1 = tile.topk_update %v, %i with %b at %base : !many, !many_names, tensor<64x16xf32, #tile.lanes<warps = 4>>
    %sorted = tile.topk_indices %v1, %i1 : !many, !many_names -> tensor<64x16xi32, #tile.lanes<warps = 4>>
    tile.store %sorted, %y[%c0, %c0] sizes [64, 16] : tensor<64x16xi32, #tile.lanes<warps = 4>>, memref<?x16xi32>
  }
  tile.return
}

// The best key of a block of 64, of rows that are tokens: the lane's own columns and -inf,
// which NaN leaves, then the other lanes of the row; through scratch to a block per lane.
// CHECK-LABEL: gpu.module @block_max_fragment
// CHECK-SAME:  shared_bytes = 512
// CHECK:       arith.maxnumf
// CHECK-COUNT-2: simt.shuffle xor
// CHECK:       arith.maxnumf
// CHECK:       llvm.store %{{.+}} : f32, !llvm.ptr<3>
// CHECK:       simt.sync_warp
// CHECK-COUNT-16: llvm.load %{{.+}} : !llvm.ptr<3> -> f32
// CHECK-NOT:   llvm.load {{.*}} !llvm.ptr<3>
tile.kernel @block_max_fragment(%x: memref<?x128xf32>, %y: memref<?x2xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %s = tile.load %x[%c0, %c0] sizes [64, 128] : memref<?x128xf32> -> tensor<64x128xf32, #tile.fragment<warps = 4>>
    %b = tile.block_max %s by 64 : tensor<64x128xf32, #tile.fragment<warps = 4>> -> tensor<64x2xf32, #tile.lanes<warps = 4>>
    tile.store %b, %y[%c0, %c0] sizes [64, 2] : tensor<64x2xf32, #tile.lanes<warps = 4>>, memref<?x2xf32>
  }
  tile.return
}

// A pair of lanes shares a block of 4 columns; no lane shares one of 2.
// CHECK-LABEL: gpu.module @block_max_small
// CHECK-COUNT-8: simt.shuffle xor
// CHECK-NOT:   simt.shuffle xor
tile.kernel @block_max_small(%x: memref<?x32xf32>, %y: memref<?x8xf32>, %z: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 1 {
    %s = tile.load %x[%c0, %c0] sizes [16, 32] : memref<?x32xf32> -> tensor<16x32xf32, #tile.fragment<warps = 1>>
    %four = tile.block_max %s by 4 : tensor<16x32xf32, #tile.fragment<warps = 1>> -> tensor<16x8xf32, #tile.lanes<warps = 1>>
    tile.store %four, %y[%c0, %c0] sizes [16, 8] : tensor<16x8xf32, #tile.lanes<warps = 1>>, memref<?x8xf32>
    %two = tile.block_max %s by 2 : tensor<16x32xf32, #tile.fragment<warps = 1>> -> tensor<16x16xf32, #tile.lanes<warps = 1>>
    tile.store %two, %z[%c0, %c0] sizes [16, 16] : tensor<16x16xf32, #tile.lanes<warps = 1>>, memref<?x16xf32>
  }
  tile.return
}

// 28 columns of a lane are halved twice; seven have no halves, and two lanes keep all.
// CHECK-LABEL: gpu.module @sum_of_odd
// CHECK:       simt.sync_warp
// CHECK-COUNT-28: simt.shuffle xor
// CHECK-NOT:   simt.shuffle
// CHECK-COUNT-7: llvm.store %{{.+}} : f32, !llvm.ptr<3>
// CHECK-NOT:   llvm.store
// CHECK:       simt.sync_warp
tile.kernel @sum_of_odd(%x: memref<?x112xf32>, %y: memref<?x7xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %s = tile.load %x[%c0, %c0] sizes [64, 112] : memref<?x112xf32> -> tensor<64x112xf32, #tile.fragment<warps = 4>>
    %sum = tile.reduce add %s axis 0 by 16 : tensor<64x112xf32, #tile.fragment<warps = 4>> -> tensor<4x112xf32, #tile.scratch<warps = 4>>
    %b = tile.block_max %sum by 16 : tensor<4x112xf32, #tile.scratch<warps = 4>> -> tensor<4x7xf32, #tile.lanes<warps = 4>>
    tile.store %b, %y[%c0, %c0] sizes [4, 7] : tensor<4x7xf32, #tile.lanes<warps = 4>>, memref<?x7xf32>
  }
  tile.return
}

// Sums over the 16 heads of a token lie in scratch: all lanes read the columns of a block
// of 128, one lane each those of a block of 12.
// CHECK-LABEL: gpu.module @block_max_scratch
// CHECK:       simt.sync_warp
// CHECK-COUNT-4: llvm.load %{{.+}} : !llvm.ptr<3> -> f32
// CHECK-COUNT-5: simt.shuffle xor
// CHECK-LABEL: gpu.module @block_max_scratch_twelve
// CHECK:       simt.sync_warp
// CHECK:       llvm.store {{.*}} !llvm.ptr<3>
// CHECK:       simt.sync_warp
// CHECK-COUNT-12: llvm.load %{{.+}} : !llvm.ptr<3> -> f32
// CHECK-NOT:   simt.shuffle
tile.kernel @block_max_scratch(%x: memref<?x128xf32>, %y: memref<?x1xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %s = tile.load %x[%c0, %c0] sizes [64, 128] : memref<?x128xf32> -> tensor<64x128xf32, #tile.fragment<warps = 4>>
    %sum = tile.reduce add %s axis 0 by 16 : tensor<64x128xf32, #tile.fragment<warps = 4>> -> tensor<4x128xf32, #tile.scratch<warps = 4>>
    %b = tile.block_max %sum by 128 : tensor<4x128xf32, #tile.scratch<warps = 4>> -> tensor<4x1xf32, #tile.lanes<warps = 4>>
    tile.store %b, %y[%c0, %c0] sizes [4, 1] : tensor<4x1xf32, #tile.lanes<warps = 4>>, memref<?x1xf32>
  }
  tile.return
}

tile.kernel @block_max_scratch_twelve(%x: memref<?x96xf32>, %y: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %s = tile.load %x[%c0, %c0] sizes [64, 96] : memref<?x96xf32> -> tensor<64x96xf32, #tile.fragment<warps = 4>>
    %sum = tile.reduce add %s axis 0 by 16 : tensor<64x96xf32, #tile.fragment<warps = 4>> -> tensor<4x96xf32, #tile.scratch<warps = 4>>
    %b = tile.block_max %sum by 12 : tensor<4x96xf32, #tile.scratch<warps = 4>> -> tensor<4x8xf32, #tile.lanes<warps = 4>>
    tile.store %b, %y[%c0, %c0] sizes [4, 8] : tensor<4x8xf32, #tile.lanes<warps = 4>>, memref<?x8xf32>
  }
  tile.return
}
