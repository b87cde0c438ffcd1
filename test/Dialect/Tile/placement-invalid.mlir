// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected 64 rows in fragments of 4 warps, got 48}}
func.func private @fragment_c1(tensor<48x128xf32, #tile.fragment<warps = 4>>)

// -----

// expected-error @+1 {{expected 8 to divide a fragment's columns, got 12}}
func.func private @fragment_c2(tensor<64x12xf32, #tile.fragment<warps = 4>>)

// -----

// expected-error @+1 {{expected a tile of rank 2, got rank 1}}
func.func private @fragment_rank(tensor<64xf32, #tile.fragment<warps = 4>>)

// -----

// expected-error @+1 {{expected 64 rows in fragments of 4 warps, got 48}}
func.func private @fragment_rows_c1(tensor<48xf32, #tile.fragment_rows<warps = 4>>)

// -----

// expected-error @+1 {{expected a tile of rank 1, got rank 2}}
func.func private @fragment_rows_c1_rank(tensor<64x1xf32, #tile.fragment_rows<warps = 4>>)

// -----

// expected-error @+1 {{expected 8 to divide a fragment's columns, got 12}}
func.func private @fragment_columns_c1(tensor<12xf32, #tile.fragment_columns<warps = 4>>)

// -----

// expected-error @+1 {{expected a tile of rank 1, got rank 2}}
func.func private @fragment_columns_c1_rank(tensor<8x8xf32, #tile.fragment_columns<warps = 4>>)

// -----

// expected-error @+1 {{expected rows and warps to divide one another, got 6 and 4}}
func.func private @lanes_c1(tensor<6x16xf32, #tile.lanes<warps = 4>>)

// -----

// expected-error @+1 {{expected 1 to 32 warps, got 0}}
func.func private @lanes_c1_no_warps(tensor<6x16xf32, #tile.lanes<warps = 0>>)

// -----

// expected-error @+1 {{expected a tile of rank 2, got rank 1}}
func.func private @lanes_rank(tensor<4xf32, #tile.lanes<warps = 4>>)

// -----

// expected-error @+1 {{expected rows and warps to divide one another, got 6 and 4}}
func.func private @queued_c1(tensor<6x16xf32, #tile.queued<warps = 4, queue = 0>>)

// -----

// expected-error @+1 {{expected f32 or i32 beside a queue, got 'bf16'}}
func.func private @queued_c1_type(tensor<4x16xbf16, #tile.queued<warps = 4, queue = 0>>)

// -----

// expected-error @+1 {{expected the number of a queue, got -1}}
func.func private @queued_c2(tensor<4x16xf32, #tile.queued<warps = 4, queue = -1>>)

// -----

// expected-error @+1 {{expected at most 32 rows of a warp, got 33}}
func.func private @queued_c3(tensor<132x16xf32, #tile.queued<warps = 4, queue = 0>>)

// -----

// expected-error @+1 {{expected rows and warps to divide one another, got 3 and 4}}
func.func private @lane_rows_c1(tensor<3xi32, #tile.lane_rows<warps = 4>>)

// -----

// expected-error @+1 {{expected a tile of rank 1, got rank 2}}
func.func private @lane_rows_c1_rank(tensor<4x1xi32, #tile.lane_rows<warps = 4>>)

// -----

// expected-error @+1 {{expected a tile of rank 1, got rank 2}}
func.func private @lane_columns_c1(tensor<4x16xi32, #tile.lane_columns<warps = 4>>)

// -----

// expected-error @+1 {{expected at most 64 bits of i1, got 65 of 'i1'}}
func.func private @bits_c1(tensor<65xi1, #tile.bits>)

// -----

// expected-error @+1 {{expected at most 64 bits of i1, got 8 of 'i32'}}
func.func private @bits_c1_type(tensor<8xi32, #tile.bits>)

// -----

// expected-error @+1 {{expected a tile of rank 1, got rank 2}}
func.func private @bits_c1_rank(tensor<8x8xi1, #tile.bits>)

// -----

// expected-error @+1 {{expected a swizzle of 128, 64 or 32 bytes, got 16}}
func.func private @shared_c1(tensor<64x128xbf16, #tile.shared<swizzle = 16>>)

// -----

// expected-error @+1 {{expected the swizzle to divide a row's bytes, got 128 and 160}}
func.func private @shared_c2(tensor<64x80xbf16, #tile.shared<swizzle = 128>>)

// -----

// expected-error @+1 {{expected 8 to divide the rows in shared memory, got 12}}
func.func private @shared_c3(tensor<12x64xbf16, #tile.shared<swizzle = 128>>)

// -----

// expected-error @+1 {{expected a tile of rank 2, got rank 1}}
func.func private @shared_rank(tensor<64xbf16, #tile.shared<swizzle = 128>>)

// -----

// expected-error @+1 {{expected f32 in scratch, got 'bf16'}}
func.func private @scratch_c1(tensor<4x64xbf16, #tile.scratch<warps = 4>>)

// -----

// expected-error @+1 {{expected rows and warps to divide one another, got 5 and 4}}
func.func private @scratch_c1_rows(tensor<5x64xf32, #tile.scratch<warps = 4>>)

// -----

// expected-error @+1 {{expected a tile of rank 2, got rank 1}}
func.func private @scratch_rank(tensor<64xf32, #tile.scratch<warps = 4>>)

// -----

// expected-error @+1 {{expected 1 to 1024 stages, got 0}}
func.func private @ring_c1(!tile.ring<0 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>)

// -----

// expected-error @+1 {{expected slots of static shape in shared memory, got 'tensor<64x64xbf16>'}}
func.func private @ring_c2(!tile.ring<2 x tensor<64x64xbf16>>)

// -----

// expected-error @+1 {{expected slots of static shape in shared memory, got 'tensor<64x64xf32, #tile.fragment<warps = 4>>'}}
func.func private @ring_c2_fragment(!tile.ring<2 x tensor<64x64xf32, #tile.fragment<warps = 4>>>)

// -----

// expected-error @+1 {{expected 1 to 1024 stages, got 0}}
func.func private @visit_ring_c1(!tile.visit_ring<0 x 12>)

// -----

// expected-error @+1 {{expected 1 to 64 tokens, got 65}}
func.func private @visit_ring_c2(!tile.visit_ring<4 x 65>)

// -----

// expected-error @+1 {{expected 1 to 64 tokens, got 0}}
func.func private @visit_ring_c2_none(!tile.visit_ring<4 x 0>)

// -----

// expected-error @+1 {{expected integers or floats in shared memory, got 'index'}}
func.func private @shared_of_indices(tensor<64x64xindex, #tile.shared<swizzle = 128>>)

// -----

// expected-error @+2 {{expected a placed tile to have a static shape}}
// expected-error @+1 {{failed to parse Tile_RingType parameter 'slot'}}
func.func private @ring_c2_dynamic(!tile.ring<2 x tensor<?x64xbf16, #tile.shared<swizzle = 128>>>)

// -----

// expected-error @+1 {{expected 1 to 32 warps, got 64}}
func.func private @fragment_c1_warps(tensor<1024x64xf32, #tile.fragment<warps = 64>>)

// -----

// 16 * warps is 0 in 64 bits.
// expected-error @+1 {{expected 1 to 32 warps, got 1152921504606846976}}
func.func private @fragment_rows_c1_huge(tensor<16xf32, #tile.fragment_rows<warps = 1152921504606846976>>)

// -----

// expected-error @+1 {{expected 1 to 32 warps, got -4}}
func.func private @fragment_columns_c1_warps(tensor<64xf32, #tile.fragment_columns<warps = -4>>)

// -----

// expected-error @+1 {{expected 1 to 32 warps, got 0}}
func.func private @lane_columns_c1_warps(tensor<16xf32, #tile.lane_columns<warps = 0>>)

// -----

// expected-error @+1 {{expected 1 to 16777216 elements, got [4294967296, 4294967296]}}
func.func private @shared_huge(tensor<4294967296x4294967296xbf16, #tile.shared<swizzle = 128>>)

// -----

// expected-error @+1 {{expected 1 to 16777216 elements, got [0]}}
func.func private @flat_empty(tensor<0xi32, #tile.flat>)

// -----

// expected-error @+1 {{expected 1 to 1024 stages, got 4611686018427387904}}
func.func private @ring_c1_huge(!tile.ring<4611686018427387904 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>)

// -----

// expected-error @+1 {{expected 1 to 1024 stages, got 2147483648}}
func.func private @visit_ring_c1_huge(!tile.visit_ring<2147483648 x 12>)

// -----

// expected-error @+1 {{expected values of f32 in shared memory, got 'bf16'}}
func.func private @shared_values_c1(tensor<64xbf16, #tile.shared_values>)

// -----

// expected-error @+1 {{expected a tile of rank 1, got rank 2}}
func.func private @shared_values_rank(tensor<64x2xf32, #tile.shared_values>)
