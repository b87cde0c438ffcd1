// RUN: fovea-opt %s --convert-tile-to-simt -split-input-file -verify-diagnostics

tile.kernel @blocks(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x16xi32>, %i: index) {
  tile.specialize producer {
  } consumers 2 {
    // expected-error @+1 {{'tile.invert_lists' op expected at most 32 blocks of a program, one for each lane, got 33}}
    tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 33 of 64 by 64
        : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  }
  tile.return
}

// -----

tile.kernel @tokens(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x16xi32>, %i: index) {
  tile.specialize producer {
  } consumers 2 {
    // expected-error @+1 {{'tile.invert_lists' op expected blocks of at most 2147483647 tokens together, got 32 of 67108864}}
    tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 67108864 by 64
        : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  }
  tile.return
}

// -----

tile.kernel @teams(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x16xi32>, %i: index)
    attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 32, gpu = <stages = 1, teams = 2>>} {
  tile.specialize producer {
  } consumers 2 {
    // expected-error @+1 {{'tile.invert_lists' op expected all warps of a block to read lists together}}
    tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 64 by 64
        : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  }
  tile.return
}
