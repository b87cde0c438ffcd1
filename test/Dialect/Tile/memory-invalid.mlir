// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @load_c1(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected 2 offsets and sizes, got 2 and 1}}
  %0 = tile.load %view[%i, %i] sizes [16] : memref<?x16xf32> -> tensor<16xf32>
  return
}

// -----

func.func @store_c1(%view: memref<?x16xf32>, %i: index, %x: tensor<16xf32>) {
  // expected-error @+1 {{'tile.store' op expected 2 offsets and sizes, got 2 and 1}}
  tile.store %x, %view[%i, %i] sizes [16] : tensor<16xf32>, memref<?x16xf32>
  return
}

// -----

func.func @load_c1_offsets(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected 2 offsets and sizes, got 1 and 2}}
  %0 = tile.load %view[%i] sizes [4, 16] : memref<?x16xf32> -> tensor<4x16xf32>
  return
}

// -----

func.func @store_c1_offsets(%view: memref<?x16xf32>, %i: index, %x: tensor<4x16xf32>) {
  // expected-error @+1 {{'tile.store' op expected 2 offsets and sizes, got 1 and 2}}
  tile.store %x, %view[%i] sizes [4, 16] : tensor<4x16xf32>, memref<?x16xf32>
  return
}

// -----

func.func @load_c1_rank_0(%view: memref<f32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a view of rank 1 or more, got 'memref<f32>'}}
  %0 = tile.load %view[] sizes [] : memref<f32> -> tensor<1x1xf32>
  return
}

// -----

func.func @store_c1_rank_0(%view: memref<f32>, %i: index, %x: tensor<1x1xf32>) {
  // expected-error @+1 {{'tile.store' op expected a view of rank 1 or more, got 'memref<f32>'}}
  tile.store %x, %view[] sizes [] : tensor<1x1xf32>, memref<f32>
  return
}

// -----

func.func @load_c2(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a tile of the box's shape, got 'tensor<8x8xf32>' for sizes [4, 16]}}
  %0 = tile.load %view[%i, %i] sizes [4, 16] : memref<?x16xf32> -> tensor<8x8xf32>
  return
}

// -----

func.func @store_c2(%view: memref<?x16xf32>, %i: index, %x: tensor<8x8xf32>) {
  // expected-error @+1 {{'tile.store' op expected a tile of the box's shape, got 'tensor<8x8xf32>' for sizes [4, 16]}}
  tile.store %x, %view[%i, %i] sizes [4, 16] : tensor<8x8xf32>, memref<?x16xf32>
  return
}

// -----

func.func @load_c2_overflow(%view: memref<?x?xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a tile of the box's shape, got 'tensor<1xf32>' for sizes [4294967296, 4294967296]}}
  %0 = tile.load %view[%i, %i] sizes [4294967296, 4294967296] : memref<?x?xf32> -> tensor<1xf32>
  return
}

// -----

func.func @store_c2_overflow(%view: memref<?x?xf32>, %i: index, %x: tensor<1xf32>) {
  // expected-error @+1 {{'tile.store' op expected a tile of the box's shape, got 'tensor<1xf32>' for sizes [4294967296, 4294967296]}}
  tile.store %x, %view[%i, %i] sizes [4294967296, 4294967296] : tensor<1xf32>, memref<?x?xf32>
  return
}

// -----

func.func @load_c3(%view: memref<?x16xf16>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected one element type, got 'tensor<4x16xf32>' and 'memref<?x16xf16>'}}
  %0 = tile.load %view[%i, %i] sizes [4, 16] : memref<?x16xf16> -> tensor<4x16xf32>
  return
}

// -----

func.func @store_c3(%view: memref<?x16xf16>, %i: index, %x: tensor<4x16xf32>) {
  // expected-error @+1 {{'tile.store' op expected one element type, got 'tensor<4x16xf32>' and 'memref<?x16xf16>'}}
  tile.store %x, %view[%i, %i] sizes [4, 16] : tensor<4x16xf32>, memref<?x16xf16>
  return
}

// -----

func.func @load_c4(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected sizes and step to be at least 1, and step at most 2147483647, got [-4, -16] and 1}}
  %0 = tile.load %view[%i, %i] sizes [-4, -16] : memref<?x16xf32> -> tensor<4x16xf32>
  return
}

// -----

func.func @store_c4(%view: memref<?x16xf32>, %i: index, %x: tensor<4x16xf32>) {
  // expected-error @+1 {{'tile.store' op expected sizes and step to be at least 1, and step at most 2147483647, got [-4, -16] and 1}}
  tile.store %x, %view[%i, %i] sizes [-4, -16] : tensor<4x16xf32>, memref<?x16xf32>
  return
}

// -----

func.func @load_c4_step(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected sizes and step to be at least 1, and step at most 2147483647, got [4, 16] and 0}}
  %0 = tile.load %view[%i, %i] sizes [4, 16] step 0 : memref<?x16xf32> -> tensor<4x16xf32>
  return
}

// -----

func.func @store_c4_step(%view: memref<?x16xf32>, %i: index, %x: tensor<4x16xf32>) {
  // expected-error @+1 {{'tile.store' op expected sizes and step to be at least 1, and step at most 2147483647, got [4, 16] and 0}}
  tile.store %x, %view[%i, %i] sizes [4, 16] step 0 : tensor<4x16xf32>, memref<?x16xf32>
  return
}

// -----

func.func @load_c5(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected the box to fit the view, got size 32 with step 1 in dim 1 of 'memref<?x16xf32>'}}
  %0 = tile.load %view[%i, %i] sizes [4, 32] count %i : memref<?x16xf32> -> tensor<4x32xf32>
  return
}

// -----

func.func @store_c5(%view: memref<?x16xf32>, %i: index, %x: tensor<4x32xf32>) {
  // expected-error @+1 {{'tile.store' op expected the box to fit the view, got size 32 with step 1 in dim 1 of 'memref<?x16xf32>'}}
  tile.store %x, %view[%i, %i] sizes [4, 32] count %i : tensor<4x32xf32>, memref<?x16xf32>
  return
}

// -----

func.func @load_c5_first_dim(%view: memref<9x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected the box to fit the view, got size 4 with step 3 in dim 0 of 'memref<9x16xf32>'}}
  %0 = tile.load %view[%i, %i] sizes [4, 16] step 3 : memref<9x16xf32> -> tensor<4x16xf32>
  return
}

// -----

func.func @store_c5_first_dim(%view: memref<9x16xf32>, %i: index, %x: tensor<4x16xf32>) {
  // expected-error @+1 {{'tile.store' op expected the box to fit the view, got size 4 with step 3 in dim 0 of 'memref<9x16xf32>'}}
  tile.store %x, %view[%i, %i] sizes [4, 16] step 3 : tensor<4x16xf32>, memref<9x16xf32>
  return
}

// -----

func.func @load_c6(%view: memref<?x16xf32>, %i: index) {
  %before = arith.constant -4 : index
  // expected-error @+1 {{'tile.load' op expected offsets of at least 0, got -4}}
  %0 = tile.load %view[%before, %i] sizes [4, 16] : memref<?x16xf32> -> tensor<4x16xf32>
  return
}

// -----

func.func @store_c6(%view: memref<?x16xf32>, %i: index, %x: tensor<4x16xf32>) {
  %before = arith.constant -4 : index
  // expected-error @+1 {{'tile.store' op expected offsets of at least 0, got -4}}
  tile.store %x, %view[%before, %i] sizes [4, 16] : tensor<4x16xf32>, memref<?x16xf32>
  return
}

// -----

func.func @dynamic_tile(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op result #0 must be static non-empty tile of floating-point or 1-bit signless integer or 32-bit signless integer values, but got 'tensor<?x16xf32>'}}
  %0 = tile.load %view[%i, %i] sizes [4, 16] : memref<?x16xf32> -> tensor<?x16xf32>
  return
}

// -----

func.func @empty_tile(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op result #0 must be static non-empty tile of floating-point or 1-bit signless integer or 32-bit signless integer values, but got 'tensor<0x16xf32>'}}
  %0 = tile.load %view[%i, %i] sizes [0, 16] : memref<?x16xf32> -> tensor<0x16xf32>
  return
}

// -----

func.func @load_c7_beyond(%view: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected within to be 1 to the second of two or more sizes, got 17 for [4, 16]}}
  %0 = tile.load %view[%i, %i] sizes [4, 16] within 17 : memref<?x16xf32> -> tensor<4x16xf32>
  return
}

// -----

func.func @load_c7_rank(%view: memref<?xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected within to be 1 to the second of two or more sizes, got 2 for [4]}}
  %0 = tile.load %view[%i] sizes [4] within 2 : memref<?xf32> -> tensor<4xf32>
  return
}

// -----

func.func @store_c7(%view: memref<?x16xf32>, %i: index, %x: tensor<4x16xf32>) {
  // expected-error @+1 {{'tile.store' op expected within to be 1 to the second of two or more sizes, got 0 for [4, 16]}}
  tile.store %x, %view[%i, %i] sizes [4, 16] within 0 : tensor<4x16xf32>, memref<?x16xf32>
  return
}

// -----

// What is no padding must fit the view.
func.func @load_c5_within(%view: memref<?x12x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected the box to fit the view, got size 13 with step 1 in dim 1 of 'memref<?x12x16xf32>'}}
  %0 = tile.load %view[%i, %i, %i] sizes [4, 16, 16] within 13 : memref<?x12x16xf32> -> tensor<64x16xf32>
  return
}

// -----

func.func @load_c4_huge_step(%x: memref<?x16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected sizes and step to be at least 1, and step at most 2147483647, got [4, 16] and 4611686018427387904}}
  %0 = tile.load %x[%i, %i] sizes [4, 16] step 4611686018427387904 : memref<?x16xf32> -> tensor<4x16xf32>
  return
}

// -----

func.func @load_of_a_huge_tile(%x: memref<?x65536xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op result #0 must be static non-empty tile}}
  %0 = tile.load %x[%i, %i] sizes [65536, 65536] : memref<?x65536xf32> -> tensor<65536x65536xf32>
  return
}

// -----

func.func @load_c1_repeated(%view: memref<16xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a step of 1 for a box that is repeated, got 2}}
  %0 = tile.load %view[%i] sizes [8, 4] step 2 : memref<16xf32> -> tensor<32xf32>
  return
}

// -----

func.func @store_c1_repeated(%view: memref<16xf32>, %i: index, %x: tensor<32xf32>) {
  // expected-error @+1 {{'tile.store' op expected 1 offsets and sizes, got 1 and 2}}
  tile.store %x, %view[%i] sizes [8, 4] : tensor<32xf32>, memref<16xf32>
  return
}

// -----

func.func @load_c5_repeated(%view: memref<12xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected the box to fit the view, got size 13 with step 1 in dim 0 of 'memref<12xf32>'}}
  %0 = tile.load %view[%i] sizes [8, 16] within 13 : memref<12xf32> -> tensor<128xf32>
  return
}

// -----

func.func @load_c1_flat(%x: memref<?x4x3xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected 1 offsets and sizes, got 3 and 3}}
  %0 = tile.load %x[%i, %i, %i] flat sizes [2, 4, 3] : memref<?x4x3xi32> -> tensor<24xi32>
  return
}

// -----

func.func @load_c5_flat(%x: memref<2x4x3xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected the box to fit the view, got size 25 with step 1 in dim 0 of 'memref<24xi32>'}}
  %0 = tile.load %x[%i] flat sizes [25] : memref<2x4x3xi32> -> tensor<25xi32>
  return
}

// -----

func.func @load_c8_count(%x: memref<?x4xf32>, %rows: tensor<3xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected rows of as many elements as the first of sizes, a step of 1 and no repeated box, got 'tensor<3xi32>' for [2, 4] and a step of 1}}
  %0 = tile.load %x[%i, %i] rows %rows sizes [2, 4] : memref<?x4xf32>, tensor<3xi32> -> tensor<2x4xf32>
  return
}

// -----

func.func @load_c8_step(%x: memref<?x4xf32>, %rows: tensor<2xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected rows of as many elements as the first of sizes, a step of 1 and no repeated box, got 'tensor<2xi32>' for [2, 4] and a step of 3}}
  %0 = tile.load %x[%i, %i] rows %rows sizes [2, 4] step 3 : memref<?x4xf32>, tensor<2xi32> -> tensor<2x4xf32>
  return
}

// -----

func.func @load_c8_repeated(%x: memref<16xf32>, %rows: tensor<8xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected rows of as many elements as the first of sizes, a step of 1 and no repeated box, got 'tensor<8xi32>' for [8, 4] and a step of 1}}
  %0 = tile.load %x[%i] rows %rows sizes [8, 4] : memref<16xf32>, tensor<8xi32> -> tensor<32xf32>
  return
}

// -----

func.func @load_c9(%x: memref<?x4xi32, strided<[8, 1], offset: ?>>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a row-major view for a flat box, got 'memref<?x4xi32, strided<[8, 1], offset: ?>>'}}
  %0 = tile.load %x[%i] flat sizes [2] : memref<?x4xi32, strided<[8, 1], offset: ?>> -> tensor<2xi32>
  return
}

// -----

func.func @load_c2_transposed(%x: memref<?x4xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a tile of the box's shape, got 'tensor<2x4xf32>' for sizes [2, 4]}}
  %0 = tile.load %x[%i, %i] sizes [2, 4] transposed : memref<?x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @load_c10_rank(%x: memref<?x4xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a transposed tile to have rank 2, of a box that is neither repeated, gathered, flat nor padded, got 'tensor<8xf32>' for [2, 4]}}
  %0 = tile.load %x[%i, %i] sizes [2, 4] transposed : memref<?x4xf32> -> tensor<8xf32>
  return
}

// -----

func.func @load_c10_gathered(%x: memref<?x4xf32>, %rows: tensor<2xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a transposed tile to have rank 2, of a box that is neither repeated, gathered, flat nor padded, got 'tensor<4x2xf32>' for [2, 4]}}
  %0 = tile.load %x[%i, %i] rows %rows sizes [2, 4] transposed : memref<?x4xf32>, tensor<2xi32> -> tensor<4x2xf32>
  return
}

// -----

func.func @load_c10_padded(%x: memref<?x3xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a transposed tile to have rank 2, of a box that is neither repeated, gathered, flat nor padded, got 'tensor<4x2xf32>' for [2, 4]}}
  %0 = tile.load %x[%i, %i] sizes [2, 4] within 3 transposed : memref<?x3xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @load_c11_count(%x: memref<?x4x8xf32>, %rows: tensor<2xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a rowwise count to be there, of a gathered tile of rank 2 without from and within, got 'tensor<8x8xf32>'}}
  %0 = tile.load %x[%i, %i, %i] rows %rows sizes [2, 4, 8] rowwise : memref<?x4x8xf32>, tensor<2xi32> -> tensor<8x8xf32>
  return
}

// -----

func.func @load_c11_packed(%x: memref<?x4x8xf32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a rowwise count to be there, of a gathered tile}}
  %0 = tile.load %x[%i, %i, %i] sizes [2, 4, 8] count %i rowwise : memref<?x4x8xf32> -> tensor<8x8xf32>
  return
}

// -----

func.func @load_c11_rank(%x: memref<?x4xf32>, %rows: tensor<2xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a rowwise count to be there, of a gathered tile of rank 2 without from and within, got 'tensor<8xf32>'}}
  %0 = tile.load %x[%i, %i] rows %rows sizes [2, 4] count %i rowwise : memref<?x4xf32>, tensor<2xi32> -> tensor<8xf32>
  return
}

// -----

func.func @load_c11_from(%x: memref<?x4x8xf32>, %rows: tensor<2xi32>, %i: index) {
  // expected-error @+1 {{'tile.load' op expected a rowwise count to be there, of a gathered tile of rank 2 without from and within}}
  %0 = tile.load %x[%i, %i, %i] rows %rows sizes [2, 4, 8] from %i count %i rowwise : memref<?x4x8xf32>, tensor<2xi32> -> tensor<8x8xf32>
  return
}
