// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @invert_lists_c1(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x8xi32>, %i: index) {
  // expected-error @+1 {{'tile.invert_lists' op expected lists and entries of one type, got 'memref<?x4x16xi32>' and 'memref<?x4x8xi32>'}}
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x8xi32>
  return
}

// -----

func.func @invert_lists_c2_heads(%l: memref<?x4x16xi32>, %b: memref<?x2x2xi32>, %e: memref<?x4x16xi32>, %i: index) {
  // expected-error @+1 {{'tile.invert_lists' op expected bounds of the heads of lists and 2 columns, got 'memref<?x2x2xi32>' for 'memref<?x4x16xi32>'}}
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x2x2xi32>, memref<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c2_columns(%l: memref<?x4x16xi32>, %b: memref<?x4x3xi32>, %e: memref<?x4x16xi32>, %i: index) {
  // expected-error @+1 {{'tile.invert_lists' op expected bounds of the heads of lists and 2 columns, got 'memref<?x4x3xi32>' for 'memref<?x4x16xi32>'}}
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x3xi32>, memref<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c3(%l: memref<?x4x?xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x?xi32>, %i: index) {
  // expected-error @+1 {{'tile.invert_lists' op expected static heads and lengths of lists, got 'memref<?x4x?xi32>'}}
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 64 by 512
      : memref<?x4x?xi32>, memref<?x4x2xi32>, memref<?x4x?xi32>
  return
}

// -----

func.func @invert_lists_c4(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x16xi32>, %i: index) {
  // expected-error @+1 {{attribute 'blocks' failed to satisfy constraint}}
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 0 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  return
}

// -----

func.func @invert_lists_c5(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x16xi32>, %i: index) {
  // expected-error @+1 {{'tile.invert_lists' op expected a first row and a number of rows as blocks_of, got 1 numbers}}
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i blocks_of %i from %i blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  return
}

// -----

// kernel_c7: what is inverted is not read by its kernel.
tile.kernel @kernel_c7(%l: memref<?x4x16xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x16xi32>, %i: index) {
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  // expected-error @+1 {{'memref.load' op expected a view that its kernel does not write, or that is `tile.in_place`, got argument 1}}
  %n = memref.load %b[%i, %i, %i] : memref<?x4x2xi32>
  tile.return
}

// -----

// launch_c4: an array that is written is one argument.
tile.kernel @invert(%l: memref<?x4x2xi32>, %b: memref<?x4x2xi32>, %e: memref<?x4x2xi32>, %i: index) {
  tile.invert_lists %l into %b, %e at %i, %i of %i keys %i from %i blocks 32 of 64 by 512
      : memref<?x4x2xi32>, memref<?x4x2xi32>, memref<?x4x2xi32>
  tile.return
}
func.func @launch_c4(%l: memref<?x4x2xi32>, %b: memref<?x4x2xi32>, %i: index) {
  // expected-error @+1 {{'tile.launch' op expected an array that the kernel writes to be one argument, got argument 1 twice}}
  tile.launch @invert grid(%i) (%l, %b, %b, %i) : memref<?x4x2xi32>, memref<?x4x2xi32>, memref<?x4x2xi32>, index
  return
}
