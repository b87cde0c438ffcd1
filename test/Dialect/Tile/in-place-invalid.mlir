// A view that a kernel reads and writes: a thread reads of it only what it then overwrites.
// RUN: fovea-opt %s -split-input-file -verify-diagnostics

tile.kernel @kernel_c7(%v: memref<?x64xf32>, %i: index) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected a view that its kernel does not write, or that is `tile.in_place`, got argument 0}}
  %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected a tile.store into argument 0, which is in place, got none}}
tile.kernel @kernel_c7_no_store(%v: memref<?x64xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_two_boxes(%v: memref<?x64xf32> {tile.in_place}, %i: index, %j: index) {
  %z = arith.constant 0 : index
  %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  // expected-error @+1 {{'tile.store' op expected the box, the count and the type of tile of the last one into argument 0, which is in place}}
  tile.store %t, %v[%j, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_two_counts(%v: memref<?x64xf32> {tile.in_place}, %i: index, %n: index) {
  %z = arith.constant 0 : index
  %t = arith.constant dense<0.0> : tensor<16x64xf32>
  // expected-error @+1 {{'tile.store' op expected the box, the count and the type of tile of the last one into argument 0, which is in place}}
  tile.store %t, %v[%i, %z] sizes [16, 64] count %n : tensor<16x64xf32>, memref<?x64xf32>
  %u = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %u, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_two_types(%v: memref<?x16xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  %t = arith.constant dense<0.0> : tensor<64x16xf32, #tile.lanes<warps = 4>>
  // expected-error @+1 {{'tile.store' op expected the box, the count and the type of tile of the last one into argument 0, which is in place}}
  tile.store %t, %v[%i, %z] sizes [64, 16] : tensor<64x16xf32, #tile.lanes<warps = 4>>, memref<?x16xf32>
  %u = tile.load %v[%i, %z] sizes [64, 16] : memref<?x16xf32> -> tensor<64x16xf32, #tile.fragment<warps = 4>>
  tile.store %u, %v[%i, %z] sizes [64, 16] : tensor<64x16xf32, #tile.fragment<warps = 4>>, memref<?x16xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_two_blocks(%v: memref<?x64xf32> {tile.in_place}, %i: index, %b: i1) {
  %z = arith.constant 0 : index
  %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  scf.if %b {
    // expected-error @+1 {{'tile.store' op expected to be in one block with the others into argument 0, which is in place}}
    tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  }
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_loop(%v: memref<?x64xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %n = %z to %i step %one {
    %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
    // expected-error @+1 {{'tile.store' op expected no loop but over programs around it: it is into argument 0, which is in place}}
    tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  }
  tile.return
}

// -----

tile.kernel @kernel_c7_scalar(%v: memref<?x64xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'memref.load' op expected a view in place to be read by tile.load}}
  %x = memref.load %v[%i, %z] : memref<?x64xf32>
  %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_after(%v: memref<?x64xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  %t = arith.constant dense<0.0> : tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  // expected-error @+1 {{'tile.load' op expected a view in place to be read before the last tile.store into it, in the same block}}
  %u = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_other_block(%v: memref<?x64xf32> {tile.in_place}, %i: index, %b: i1) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected a view in place to be read before the last tile.store into it, in the same block}}
  %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  scf.if %b {
    tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  }
  tile.return
}

// -----

tile.kernel @kernel_c7_other_rows(%v: memref<?x64xf32> {tile.in_place}, %i: index, %j: index) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected what is read of a view in place to be the box and the type of tile that is stored there}}
  %t = tile.load %v[%j, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_other_size(%v: memref<?x64xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected what is read of a view in place to be the box and the type of tile that is stored there}}
  %u = tile.load %v[%i, %z] sizes [8, 64] : memref<?x64xf32> -> tensor<8x64xf32>
  %t = arith.constant dense<0.0> : tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_other_step(%v: memref<?x64xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected what is read of a view in place to be the box and the type of tile that is stored there}}
  %t = tile.load %v[%i, %z] sizes [16, 64] step 2 : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_count(%v: memref<?x64xf32> {tile.in_place}, %i: index, %n: index) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected what is read of a view in place to be the box and the type of tile that is stored there}}
  %t = tile.load %v[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] count %n : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_other_count(%v: memref<?x64xf32> {tile.in_place}, %i: index, %n: index, %m: index) {
  %z = arith.constant 0 : index
  %most = arith.maxsi %n, %m : index
  // expected-error @+1 {{'tile.load' op expected what is read of a view in place to be the box and the type of tile that is stored there}}
  %t = tile.load %v[%i, %z] sizes [16, 64] count %most : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] count %n : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_other_threads(%v: memref<?x16xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected what is read of a view in place to be the box and the type of tile that is stored there}}
  %t = tile.load %v[%i, %z] sizes [64, 16] : memref<?x16xf32> -> tensor<64x16xf32, #tile.fragment<warps = 4>>
  %n = arith.constant dense<0.0> : tensor<64x16xf32, #tile.lanes<warps = 4>>
  tile.store %n, %v[%i, %z] sizes [64, 16] : tensor<64x16xf32, #tile.lanes<warps = 4>>, memref<?x16xf32>
  tile.return
}

// -----

tile.kernel @kernel_c7_gathered(%v: memref<?x64xf32> {tile.in_place}, %i: index) {
  %z = arith.constant 0 : index
  %rows = tile.positions %z : tensor<16xi32>
  // expected-error @+1 {{'tile.load' op expected what is read of a view in place to be the box and the type of tile that is stored there}}
  %t = tile.load %v[%i, %z] rows %rows sizes [16, 64] : memref<?x64xf32>, tensor<16xi32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// expected-error @+1 {{expected tile.in_place to be a unit, got 1 : i64}}
tile.kernel @attribute(%v: memref<?x64xf32> {tile.in_place = 1 : i64}) {
  tile.return
}

// -----

tile.kernel @kernel(%v: memref<?x64xf32>, %w: memref<?x64xf32>, %i: index) {
  %z = arith.constant 0 : index
  %t = tile.load %w[%i, %z] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.store %t, %v[%i, %z] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}
func.func @launch_c4(%n: index, %v: memref<?x64xf32>) {
  // expected-error @+1 {{'tile.launch' op expected an array that the kernel writes to be one argument, got argument 0 twice}}
  tile.launch @kernel grid(%n) (%v, %v, %n) : memref<?x64xf32>, memref<?x64xf32>, index
  return
}
