// RUN: fovea-opt %s --convert-tile-to-simt -split-input-file -verify-diagnostics

// expected-error @+1 {{'tile.kernel' op expected one tile.specialize: run tile-specialize first}}
tile.kernel @not_specialized() {
  tile.return
}

// -----

tile.kernel @half_math(%x: memref<?x8xbf16>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xbf16> -> tensor<64x8xbf16, #tile.fragment<warps = 4>>
    // expected-error @+1 {{'arith.addf' op expected elementwise math on f32, i32 or i1 tiles in a GPU kernel}}
    %b = arith.addf %a, %a : tensor<64x8xbf16, #tile.fragment<warps = 4>>
  }
  tile.return
}

// -----

tile.kernel @columns(%x: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf32> -> tensor<64x8xf32, #tile.fragment<warps = 4>>
    // expected-error @+1 {{'tile.reduce' op expected a reduction along the rows of a fragment, down 64 of them, or a sum over groups of 1, 2, 4, 8, 16, 32 or 64 of them}}
    %b = tile.reduce max %a axis 0 by 64 : tensor<64x8xf32, #tile.fragment<warps = 4>> -> tensor<1x8xf32, #tile.scratch<warps = 4>>
  }
  tile.return
}

// -----

tile.kernel @many_best(%base: index) {
  %v = arith.constant dense<0xFF800000> : tensor<4x513xf32, #tile.queued<warps = 4, queue = 0>>
  %i = arith.constant dense<-1> : tensor<4x513xi32, #tile.queued<warps = 4, queue = 0>>
  %s = arith.constant dense<0.0> : tensor<4x8xf32, #tile.lanes<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
    // expected-error @+1 {{'tile.topk_update' op expected a top-k of at most 512 in a GPU kernel, got 513}}
    %v1, %i1 = tile.topk_update %v, %i with %s at %base : tensor<4x513xf32, #tile.queued<warps = 4, queue = 0>>, tensor<4x513xi32, #tile.queued<warps = 4, queue = 0>>, tensor<4x8xf32, #tile.lanes<warps = 4>>
  }
  tile.return
}

// -----

tile.kernel @many_indices() {
  %v = arith.constant dense<0xFF800000> : tensor<4x513xf32, #tile.queued<warps = 4, queue = 0>>
  %i = arith.constant dense<-1> : tensor<4x513xi32, #tile.queued<warps = 4, queue = 0>>
  tile.specialize producer {
  } consumers 4 {
    // expected-error @+1 {{'tile.topk_indices' op expected a top-k of at most 512 in a GPU kernel, got 513}}
    %sorted = tile.topk_indices %v, %i : tensor<4x513xf32, #tile.queued<warps = 4, queue = 0>>, tensor<4x513xi32, #tile.queued<warps = 4, queue = 0>> -> tensor<4x513xi32, #tile.lanes<warps = 4>>
  }
  tile.return
}

// -----

tile.kernel @begins_with_entries() {
  %v = arith.constant dense<0.0> : tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>
  // expected-error @+1 {{'arith.constant' op expected a top-k that begins with indices of -1}}
  %i = arith.constant dense<0> : tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>
  tile.specialize producer {
  } consumers 4 {
    %sorted = tile.topk_indices %v, %i : tensor<4x16xf32, #tile.queued<warps = 4, queue = 0>>, tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>> -> tensor<4x16xi32, #tile.lanes<warps = 4>>
  }
  tile.return
}

// -----

tile.kernel @table() {
  // expected-error @+1 {{'arith.constant' op expected a tile of one value in a GPU kernel}}
  %v = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32, #tile.lanes<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
  }
  tile.return
}

// -----

// ptxas would run one product after the other around a call (C7509). A kernel's module has
// no other function.
func.func private @other()
tile.kernel @call() {
  tile.specialize producer {
  } consumers 4 {
    // expected-error @+1 {{'func.call' op 'other' does not reference a valid function}}
    func.call @other() : () -> ()
  }
  tile.return
}

// -----

// The copy engine takes no last offset but multiples of 16 bytes.
!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
tile.kernel @column(%x: memref<?x128xbf16>, %column: index) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    // expected-error @+1 {{'tile.put' op expected a constant last offset, for the copy engine}}
    tile.put %ring at %n, %x[%c0, %column] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x128xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    tile.release %ring at %n : !tile.ring<2 x !half>
  }
  tile.return
}

// -----

// Nor does it copy to anywhere but multiples of 128 bytes.
!half = tensor<16x32xbf16, #tile.shared<swizzle = 64>>
tile.kernel @gathered(%x: memref<?x1x32xbf16>, %p: memref<?xi32>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    %rows = tile.load %p[%c0] sizes [16] : memref<?xi32> -> tensor<16xi32, #tile.lane_columns<warps = 4>>
    // expected-error @+1 {{'tile.put' op expected 128 to divide the bytes that the rows of an index take of a chunk of columns, got 64}}
    tile.put %ring at %n, %x[%c0, %c0, %c0] rows %rows sizes [16, 1, 32] : !tile.ring<2 x !half>, memref<?x1x32xbf16>, tensor<16xi32, #tile.lane_columns<warps = 4>>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    tile.release %ring at %n : !tile.ring<2 x !half>
  }
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected scalar arguments of index, i32, i64 or f32, got 'i1'}}
tile.kernel @scalar_of_no_launch(%masked: i1) {
  tile.specialize producer {
  } consumers 4 {
  }
  tile.return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
tile.kernel @waits_are_not_placed(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : !sums
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    // expected-error @+1 {{'tile.dot' op expected products that are waited for: run tile-place-waits first}}
    %s = tile.dot %k, %k, %zero : !half, !half -> !sums
    tile.release %ring at %n : !tile.ring<2 x !half>
  }
  tile.return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
// expected-error @+1 {{'tile.kernel' op expected the schedule's residency to be at most 1 for blocks of 256 threads and 131328 B of shared memory, got 2}}
tile.kernel @too_large_for_two(%x: memref<?x64xbf16>)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 16, residency = 2>>} {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !tile.ring<16 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<16 x !half>, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<16 x !half>
    tile.release %ring at %n : !tile.ring<16 x !half>
  }
  tile.return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
// expected-error @+1 {{'tile.kernel' op expected the schedule's residency to be at most 8 for blocks of 256 threads and 8208 B of shared memory, got 9}}
tile.kernel @too_many_threads(%x: memref<?x64xbf16>)
    attributes {tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 1, residency = 9>>} {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %ring = tile.make_ring : !tile.ring<1 x !half>
  tile.specialize producer {
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<1 x !half>, memref<?x64xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<1 x !half>
    tile.release %ring at %n : !tile.ring<1 x !half>
  }
  tile.return
}
