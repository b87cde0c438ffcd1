// RUN: fovea-opt %s --tile-specialize -split-input-file -verify-diagnostics

tile.kernel @logical(%x: memref<?x64xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected placed tiles, got 'tensor<64x64xf32>': run tile-place first}}
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32>
  tile.store %a, %x[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
// expected-error @+1 {{'tile.kernel' op expected a tile.schedule with a part for a GPU, which says how many tiles are in flight, got none: run attn-choose-schedules for a GPU}}
tile.kernel @no_schedule(%x: memref<?x64xbf16>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
  %s = tile.dot %a, %a, %zero : !half, !half -> !sums
  tile.store %s, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
tile.kernel @nested_load_of_a_listed_visit(%lists: memref<?x16xi32>, %k: memref<?x64xbf16>, %end: index)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !sums
  %l = tile.load %lists[%c0, %c0] sizes [4, 16] : memref<?x16xi32> -> tensor<4x16xi32, #tile.flat>
  %visits = tile.visit_lists %l from %c0 to %end full %c0 to %c0 split 1 : tensor<4x16xi32, #tile.flat>
  %sum = tile.for_visits %visits heads 16 : (%block: index, %tokens: tensor<4xi1, #tile.bits>, %masked: i1)
      carry(%acc = %zero : !sums) {
    // expected-error @+1 {{'scf.if' op expected loads of a listed visit outside of nested control flow}}
    %next = scf.if %masked -> !sums {
      %key = tile.load %k[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !half
      %s = tile.dot %key, %key, %acc : !half, !half -> !sums
      scf.yield %s : !sums
    } else {
      scf.yield %acc : !sums
    }
    tile.yield %next : !sums
  }
  tile.return
}

// -----

tile.kernel @no_tiles() {
  // expected-error @-1 {{'tile.kernel' op expected placed tiles: run tile-place first}}
  tile.return
}

// -----

tile.kernel @specialized(%x: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.specialize' op expected a kernel without roles: tile-specialize has run}}
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf32> -> tensor<64x8xf32, #tile.fragment<warps = 4>>
    %b = tile.reduce max %a axis 0 : tensor<64x8xf32, #tile.fragment<warps = 4>> -> tensor<8xf32, #tile.fragment_columns<warps = 4>>
  }
  tile.return
}

// -----

tile.kernel @not_an_encoding(%x: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected placed tiles, got 'tensor<64x8xf32, "here">': run tile-place first}}
  %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf32> -> tensor<64x8xf32, "here">
  tile.return
}

// -----

tile.kernel @store_of_a_scalar(%x: memref<64x8xf32>, %v: f32, %i: index) {
  // expected-error @+1 {{'memref.store' op expected tile operations, memref.load and memref.dim to access views}}
  memref.store %v, %x[%i, %i] : memref<64x8xf32>
  tile.return
}

// -----

tile.kernel @size_of_a_computed_axis(%x: memref<?x8xf32>, %i: index) {
  // expected-error @+1 {{'memref.dim' op expected the size of a constant axis below 2, got an axis that is computed}}
  %size = memref.dim %x, %i : memref<?x8xf32>
  tile.return
}

// -----

!values = tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>
!indices = tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>

tile.kernel @reads_entries(%y: memref<?x16xi32>) {
  %c0 = arith.constant 0 : index
  %i = arith.constant dense<-1> : !indices
  // expected-error @+1 {{'tile.store' op expected tile.topk_update or tile.topk_indices to read the entries of a top-k}}
  tile.store %i, %y[%c0, %c0] sizes [4, 16] : !indices, memref<?x16xi32>
  tile.return
}

// -----

!values = tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>
!indices = tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>
!scores = tensor<4x16xf32, #tile.lanes<warps = 4>>

tile.kernel @two_read_entries(%base: index) {
  %v = arith.constant dense<0xFF800000> : !values
  %i = arith.constant dense<-1> : !indices
  %s = arith.constant dense<0.0> : !scores
  // expected-error @+1 {{'tile.topk_update' op expected to be alone in reading the entries of a top-k, got 2 operations that do}}
  %v1, %i1 = tile.topk_update %v, %i with %s at %base : !values, !indices, !scores
  %sorted = tile.topk_indices %v, %i : !values, !indices -> tensor<4x16xi32, #tile.lanes<warps = 4>>
  tile.return
}

// -----

!numbers = tensor<4xi32, #tile.lane_columns<warps = 4>>
tile.kernel @rows_that_are_computed(%x: memref<?x16x64xbf16>, %i: memref<64xi32>, %o: memref<?x64xf32>, %end: index)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 2>>} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32, #tile.fragment<warps = 4>>
  %rows = tile.load %i[%c0] sizes [4] : memref<64xi32> -> !numbers
  %twice = arith.addi %rows, %rows : !numbers
  // expected-error @+1 {{'tile.load' op expected rows that are loaded as they are, for the producer to load them too}}
  %k = tile.load %x[%c0, %c0, %c0] rows %twice sizes [4, 16, 64] : memref<?x16x64xbf16>, !numbers -> tensor<64x64xbf16, #tile.shared<swizzle = 128>>
  %s = tile.dot %k, %k, %zero : tensor<64x64xbf16, #tile.shared<swizzle = 128>>, tensor<64x64xbf16, #tile.shared<swizzle = 128>> -> tensor<64x64xf32, #tile.fragment<warps = 4>>
  tile.store %s, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32, #tile.fragment<warps = 4>>, memref<?x64xf32>
  tile.return
}
