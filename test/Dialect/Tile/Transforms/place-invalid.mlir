// RUN: fovea-opt %s --tile-place -split-input-file -verify-diagnostics

tile.kernel @rhs_of_f32(%x: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32>
  // expected-error @+1 {{'tile.dot' op expected a right-hand side of f16 or bf16 that is loaded, for matrix instructions to read, got 'tensor<64x64xf32>'}}
  %s = tile.dot %a, %a, %z : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  tile.return
}

// -----

tile.kernel @rhs_is_computed(%x: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> tensor<64x64xf32>
  %b = arith.truncf %a : tensor<64x64xf32> to tensor<64x64xbf16>
  // expected-error @+1 {{'tile.dot' op expected a right-hand side of f16 or bf16 that is loaded, for matrix instructions to read, got 'tensor<64x64xbf16>'}}
  %s = tile.dot %b, %b, %z : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.return
}

// -----

tile.kernel @two_half_types(%x: memref<?x64xf16>, %y: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf16> -> tensor<64x64xf16>
  %b = tile.load %y[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  // expected-error @+1 {{'tile.dot' op expected both sides of one type, or the left one of f32, got 'tensor<64x64xf16>' and 'tensor<64x64xbf16>'}}
  %s = tile.dot %a, %b, %z : tensor<64x64xf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.return
}

// -----

tile.kernel @narrow_rows(%x: memref<?x8xbf16>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  // expected-error @+1 {{expected operands of matrix instructions to have f16 or bf16 rows of a multiple of 32 bytes, got 'tensor<64x8xbf16>'}}
  %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xbf16> -> tensor<64x8xbf16>
  %s = tile.dot %a, %a, %z transpose_rhs : tensor<64x8xbf16>, tensor<64x8xbf16> -> tensor<64x64xf32>
  tile.return
}

// -----

tile.kernel @few_keys(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [16, 64] : memref<?x64xbf16> -> tensor<16x64xbf16>
  // expected-error @+1 {{expected 8 to divide the rows in shared memory, got 4}}
  %b = tile.load %x[%c0, %c0] sizes [4, 64] : memref<?x64xbf16> -> tensor<4x64xbf16>
  %z = arith.constant dense<0.0> : tensor<16x4xf32>
  %s = tile.dot %a, %b, %z transpose_rhs : tensor<16x64xbf16>, tensor<4x64xbf16> -> tensor<16x4xf32>
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected 16 to divide the rows of its tiles, got 24}}
tile.kernel @rows(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<24x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [24, 64] : memref<?x64xbf16> -> tensor<24x64xbf16>
  %b = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %s = tile.dot %a, %b, %z : tensor<24x64xbf16>, tensor<64x64xbf16> -> tensor<24x64xf32>
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected one number of rows in its tiles, got 64 and 32}}
tile.kernel @two_numbers_of_rows(%x: memref<?x64xbf16>, %y: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  tile.store %a, %y[%c0, %c0] sizes [64, 64] : tensor<64x64xbf16>, memref<?x64xbf16>
  %b = tile.load %x[%c0, %c0] sizes [32, 64] : memref<?x64xbf16> -> tensor<32x64xbf16>
  tile.store %b, %y[%c0, %c0] sizes [32, 64] : tensor<32x64xbf16>, memref<?x64xbf16>
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expected a tile of rank 2, got none}}
tile.kernel @no_matrix(%x: memref<?xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0] sizes [64] : memref<?xf32> -> tensor<64xf32>
  tile.store %a, %x[%c0] sizes [64] : tensor<64xf32>, memref<?xf32>
  tile.return
}

// -----

tile.kernel @scores_in_two_places(%x: memref<?x64xf32>, %y: memref<?x16xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : tensor<4x16xf32>
  %i = arith.constant dense<-1> : tensor<4x16xi32>
  %p = tile.load %x[%c0, %c0] sizes [64, 16] : memref<?x64xf32> -> tensor<64x16xf32>
  // expected-error @+1 {{expected a tile to lie in one way, got two for 'tensor<4x16xf32>'}}
  %sum = tile.reduce add %p axis 0 by 16 : tensor<64x16xf32> -> tensor<4x16xf32>
  %v1, %i1 = tile.topk_update %v, %i with %sum at %base : tensor<4x16xf32>, tensor<4x16xi32>, tensor<4x16xf32>
  %sorted = tile.topk_indices %v1, %i1 : tensor<4x16xf32>, tensor<4x16xi32> -> tensor<4x16xi32>
  tile.store %sorted, %y[%c0, %c0] sizes [4, 16] : tensor<4x16xi32>, memref<?x16xi32>
  tile.return
}

// -----

tile.kernel @values_of_another(%x: memref<?x16xf32>, %y: memref<?x16xi32>, %base: index) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<0xFF800000> : tensor<4x16xf32>
  %i = arith.constant dense<-1> : tensor<4x16xi32>
  %s = tile.load %x[%c0, %c0] sizes [4, 16] : memref<?x16xf32> -> tensor<4x16xf32>
  %v1, %i1 = tile.topk_update %v, %i with %s at %base : tensor<4x16xf32>, tensor<4x16xi32>, tensor<4x16xf32>
  %v2, %i2 = tile.topk_update %v, %i with %s at %c0 : tensor<4x16xf32>, tensor<4x16xi32>, tensor<4x16xf32>
  // expected-error @+1 {{'tile.topk_indices' op expected values and indices of one top-k, got those of two}}
  %sorted = tile.topk_indices %v2, %i1 : tensor<4x16xf32>, tensor<4x16xi32> -> tensor<4x16xi32>
  tile.store %sorted, %y[%c0, %c0] sizes [4, 16] : tensor<4x16xi32>, memref<?x16xi32>
  tile.return
}

// -----

tile.kernel @too_many_tokens(%x: memref<?x64xf32>, %lists: memref<?x1xi32>, %end: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<80x64xf32>
  %l = tile.load %lists[%c0, %c0] sizes [80, 1] : memref<?x1xi32> -> tensor<80x1xi32>
  %visits = tile.visit_lists %l from %c0 to %end full %c0 to %c0 split 1 : tensor<80x1xi32>
  // expected-error @+1 {{expected at most 64 bits of i1, got 80 of 'i1'}}
  %sum = tile.for_visits %visits : (%block: index, %tokens: tensor<80xi1>, %masked: i1)
      carry(%acc = %zero : tensor<80x64xf32>) {
    tile.yield %acc : tensor<80x64xf32>
  }
  tile.store %sum, %x[%c0, %c0] sizes [80, 64] : tensor<80x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @rhs_with_step(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %b = tile.load %x[%c0, %c0] sizes [64, 64] step 2 : memref<?x64xbf16> -> tensor<64x64xbf16>
  // expected-error @+1 {{'tile.dot' op expected a right-hand side loaded with step 1, as it is and without `from`, for the copy engine to bring it, got step 2}}
  %s = tile.dot %a, %b, %z : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.return
}

// -----

tile.kernel @rhs_transposed(%x: memref<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %b = tile.load %x[%c0, %c0] sizes [64, 64] transposed : memref<?x64xbf16> -> tensor<64x64xbf16>
  // expected-error @+1 {{'tile.dot' op expected a right-hand side loaded with step 1, as it is and without `from`, for the copy engine to bring it, got step 1 and `transposed`}}
  %s = tile.dot %a, %b, %z : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.return
}

// -----

tile.kernel @rhs_with_from(%x: memref<?x64xbf16>, %from: index) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %b = tile.load %x[%c0, %c0] sizes [64, 64] from %from : memref<?x64xbf16> -> tensor<64x64xbf16>
  // expected-error @+1 {{'tile.dot' op expected a right-hand side loaded with step 1, as it is and without `from`, for the copy engine to bring it, got step 1 and `from`}}
  %s = tile.dot %a, %b, %z : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  tile.return
}

// -----

tile.kernel @rhs_is_read_by_others(%x: memref<?x64xbf16>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<64x64xf32>
  // expected-error @+1 {{expected a tile to lie in one way, got two for 'tensor<64x64xbf16>'}}
  %a = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xbf16> -> tensor<64x64xbf16>
  %s = tile.dot %a, %a, %z : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  %b = arith.extf %a : tensor<64x64xbf16> to tensor<64x64xf32>
  %c = arith.addf %s, %b : tensor<64x64xf32>
  tile.store %c, %o[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

tile.kernel @placed(%x: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected logical tiles, got placed ones: 'tensor<64x8xf32, #tile.fragment<warps = 4>>'}}
  %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf32> -> tensor<64x8xf32, #tile.fragment<warps = 4>>
  tile.return
}

// -----

tile.kernel @dynamic(%n: index, %true: i1) {
  // expected-error @+1 {{'tensor.splat' op expected tiles of static shape and rank 1 or 2, got 'tensor<?x8xi1>'}}
  %a = tensor.splat %true[%n] : tensor<?x8xi1>
  tile.return
}

// -----

tile.kernel @of_f64(%x: memref<?x8xf64>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op expected tiles of f32, f16, bf16, i32 or i1, got 'tensor<64x8xf64>'}}
  %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf64> -> tensor<64x8xf64>
  tile.return
}

// -----

tile.kernel @other_control_flow() {
  // expected-error @+1 {{'scf.execute_region' op expected control flow of scf.if, scf.for and tile loops}}
  scf.execute_region {
    scf.yield
  }
  tile.return
}

// -----

tile.kernel @view_of_a_view(%x: memref<64x8xf32>) {
  // expected-error @+1 {{'memref.cast' op expected views to be arguments of the kernel}}
  %y = memref.cast %x : memref<64x8xf32> to memref<?x8xf32>
  tile.return
}

// -----

tile.kernel @address_of_a_view(%x: memref<64x8xf32>) {
  // expected-error @+1 {{'memref.extract_aligned_pointer_as_index' op expected tile operations, memref.load and memref.dim to access views, or memref.store}}
  %address = memref.extract_aligned_pointer_as_index %x : memref<64x8xf32> -> index
  tile.return
}

// -----

func.func @host(%n: index) {
  return
}
tile.kernel @launch_in_a_kernel(%n: index) {
  // expected-error @+1 {{'tile.launch' op expected to stand in a host function, got it in a kernel}}
  tile.launch @launch_in_a_kernel grid(%n) (%n) : index
  tile.return
}

// -----

tile.kernel @size_of_no_axis(%x: memref<?x8xf32>) {
  %axis = arith.constant -1 : index
  // expected-error @+1 {{'memref.dim' op expected the size of a constant axis below 2, got axis -1}}
  %size = memref.dim %x, %axis : memref<?x8xf32>
  tile.return
}

// -----

// Warpgroups are those of roles.
tile.kernel @any_token_c2(%begin: index, %end: index) {
  %v = tile.visit_range %begin to %end full %begin to %end
  tile.for_visits %v heads 16 : (%block: index, %tokens: tensor<4xi1>, %masked: i1) {
    // expected-error @+1 {{'tile.any_token' op expected a kernel without roles: tile-specialize has run}}
    %some = tile.any_token %tokens heads 16 : tensor<4xi1>
    tile.yield
  }
  tile.return
}
