// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @packed_heads
// CHECK: %[[Q:.+]] = tile.load %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] sizes [8, 16, 128] count %{{.+}} : memref<?x64x128xbf16> -> tensor<128x128xbf16>
// CHECK: tile.store %[[Q]], %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] sizes [8, 16, 128] count %{{.+}} : tensor<128x128xbf16>, memref<?x64x128xbf16>
func.func @packed_heads(%view: memref<?x64x128xbf16>, %row: index, %head: index,
                        %c0: index, %n: index) {
  %q = tile.load %view[%row, %head, %c0] sizes [8, 16, 128] count %n
      : memref<?x64x128xbf16> -> tensor<128x128xbf16>
  %o = arith.addf %q, %q : tensor<128x128xbf16>
  tile.store %q, %view[%row, %head, %c0] sizes [8, 16, 128] count %n
      : tensor<128x128xbf16>, memref<?x64x128xbf16>
  tile.store %o, %view[%row, %head, %c0] sizes [8, 16, 128] count %n
      : tensor<128x128xbf16>, memref<?x64x128xbf16>
  return
}

// CHECK-LABEL: @rank_1_of_a_matrix
// CHECK: tile.load %{{.+}}[%{{.+}}, %{{.+}}] sizes [8, 4] : memref<?x4xf32> -> tensor<32xf32>
func.func @rank_1_of_a_matrix(%view: memref<?x4xf32>, %i: index) -> tensor<32xf32> {
  %0 = tile.load %view[%i, %i] sizes [8, 4] : memref<?x4xf32> -> tensor<32xf32>
  return %0 : tensor<32xf32>
}

// Every second row; the last row read is row 6 of 7.
// CHECK-LABEL: @step
// CHECK: tile.load %{{.+}}[%{{.+}}, %{{.+}}] sizes [4, 16] step 2 : memref<7x16xf32> -> tensor<4x16xf32>
// CHECK: tile.store %{{.+}}, %{{.+}}[%{{.+}}, %{{.+}}] sizes [4, 16] step 3 count %{{.+}} :
func.func @step(%view: memref<7x16xf32>, %i: index) {
  %0 = tile.load %view[%i, %i] sizes [4, 16] step 2 : memref<7x16xf32> -> tensor<4x16xf32>
  tile.store %0, %view[%i, %i] sizes [4, 16] step 3 count %i : tensor<4x16xf32>, memref<7x16xf32>
  return
}

// CHECK-LABEL: @strided_view_of_indices
// CHECK: tile.load %{{.+}} : memref<?x2x16xi32, strided<[64, 32, 1], offset: ?>> -> tensor<8x16xi32>
func.func @strided_view_of_indices(%view: memref<?x2x16xi32, strided<[64, 32, 1], offset: ?>>,
                                   %i: index) -> tensor<8x16xi32> {
  %0 = tile.load %view[%i, %i, %i] sizes [8, 1, 16]
      : memref<?x2x16xi32, strided<[64, 32, 1], offset: ?>> -> tensor<8x16xi32>
  return %0 : tensor<8x16xi32>
}

// Rows past the heads of a token are padding.
// CHECK-LABEL: @padded_heads
// CHECK: %[[Q:.+]] = tile.load %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] sizes [4, 16, 128] within 12 count %{{.+}} : memref<?x12x128xbf16> -> tensor<64x128xbf16>
// CHECK: tile.load %{{.+}}[%{{.+}}, %{{.+}}] sizes [4, 16] within 12 step 2 : memref<?x12xf32> -> tensor<64xf32>
// CHECK: tile.store %[[Q]], %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] sizes [4, 16, 128] within 12 : tensor<64x128xbf16>, memref<?x12x128xbf16>
func.func @padded_heads(%view: memref<?x12x128xbf16>, %row_values: memref<?x12xf32>,
                        %row: index, %c0: index, %n: index) -> tensor<64xf32> {
  %q = tile.load %view[%row, %c0, %c0] sizes [4, 16, 128] within 12 count %n
      : memref<?x12x128xbf16> -> tensor<64x128xbf16>
  %l = tile.load %row_values[%row, %c0] sizes [4, 16] within 12 step 2
      : memref<?x12xf32> -> tensor<64xf32>
  tile.store %q, %view[%row, %c0, %c0] sizes [4, 16, 128] within 12
      : tensor<64x128xbf16>, memref<?x12x128xbf16>
  return %l : tensor<64xf32>
}

// CHECK-LABEL: @a_number_per_head
// CHECK: tile.load %{{.+}}[%{{.+}}] sizes [8, 16] within 12 count %{{.+}} : memref<24xf32> -> tensor<128xf32>
func.func @a_number_per_head(%view: memref<24xf32>, %head: index, %count: index) -> tensor<128xf32> {
  %0 = tile.load %view[%head] sizes [8, 16] within 12 count %count : memref<24xf32> -> tensor<128xf32>
  return %0 : tensor<128xf32>
}

// Rows from anywhere, as a flat run of numbers says.
// CHECK-LABEL: @gathered
// CHECK: %[[TOKENS:.+]] = tile.load %{{.+}}[%{{.+}}] flat sizes [4] count %{{.+}} : memref<?x4x3xi32> -> tensor<4xi32>
// CHECK: tile.load %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] rows %[[TOKENS]] sizes [4, 16, 128] within 12 count %{{.+}} : memref<64x12x128xbf16>, tensor<4xi32> -> tensor<64x128xbf16>
// CHECK: tile.load %{{.+}}[%{{.+}}, %{{.+}}] rows %[[TOKENS]] sizes [4, 12] : memref<2x12xf32>, tensor<4xi32> -> tensor<48xf32>
func.func @gathered(%entries: memref<?x4x3xi32>, %view: memref<64x12x128xbf16>, %row_values: memref<2x12xf32>,
                    %row: index, %c0: index, %n: index) -> (tensor<64x128xbf16>, tensor<48xf32>) {
  %tokens = tile.load %entries[%row] flat sizes [4] count %n : memref<?x4x3xi32> -> tensor<4xi32>
  %q = tile.load %view[%row, %c0, %c0] rows %tokens sizes [4, 16, 128] within 12 count %n
      : memref<64x12x128xbf16>, tensor<4xi32> -> tensor<64x128xbf16>
  %l = tile.load %row_values[%row, %c0] rows %tokens sizes [4, 12] : memref<2x12xf32>, tensor<4xi32> -> tensor<48xf32>
  return %q, %l : tensor<64x128xbf16>, tensor<48xf32>
}

// CHECK-LABEL: @packed_and_gathered
// CHECK-COUNT-6: tile.load
func.func @packed_and_gathered(%cache: memref<?x16x4x128xbf16>, %pages: tensor<4xi32>, %keys: index, %view: memref<?x64x128xbf16>, %entries: memref<?x4x16xi32>, %row: index,
                               %head: index, %c0: index, %first: index, %earlier: index, %lo: index, %n: index)
    -> (tensor<128x128xbf16>, tensor<128x128xbf16>) {
  %q = tile.load %view[%row, %head, %c0] sizes [8, 16, 128] count %n
      : memref<?x64x128xbf16> -> tensor<128x128xbf16>
  %tokens = tile.load %entries[%first] flat sizes [8] count %n
      : memref<?x4x16xi32> -> tensor<8xi32>
  %g = tile.load %view[%row, %head, %c0] rows %tokens sizes [8, 16, 128] count %n
      : memref<?x64x128xbf16>, tensor<8xi32> -> tensor<128x128xbf16>
  %p = tile.load %cache[%c0, %c0, %head, %c0] rows %pages sizes [4, 16, 1, 128]
      count %keys rowwise : memref<?x16x4x128xbf16>, tensor<4xi32> -> tensor<64x128xbf16>
  %d = tile.load %view[%earlier, %head, %c0] sizes [16, 1, 128] from %lo count %n
      : memref<?x64x128xbf16> -> tensor<16x128xbf16>
  %t = tile.load %view[%row, %head, %c0] sizes [16, 1, 128] count %n transposed
      : memref<?x64x128xbf16> -> tensor<128x16xbf16>
  return %q, %g : tensor<128x128xbf16>, tensor<128x128xbf16>
}

// CHECK-LABEL: func.func @from
// CHECK: tile.load %{{.+}}[%{{.+}}, %{{.+}}] sizes [4, 16] step 2 from %{{.+}} count %{{.+}} : memref<?x16xf32> -> tensor<4x16xf32>
func.func @from(%view: memref<?x16xf32>, %i: index, %lo: index, %n: index) -> tensor<4x16xf32> {
  %0 = tile.load %view[%i, %i] sizes [4, 16] step 2 from %lo count %n : memref<?x16xf32> -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// Pages of several rows, of which a count of rows is there.
// CHECK-LABEL: func.func @pages
// CHECK: tile.load %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}] rows %{{.+}} sizes [4, 16, 1, 32] count %{{.+}} rowwise : memref<?x16x2x32xbf16>, tensor<4xi32> -> tensor<64x32xbf16>
func.func @pages(%cache: memref<?x16x2x32xbf16>, %numbers: tensor<4xi32>, %head: index, %n: index) -> tensor<64x32xbf16> {
  %c0 = arith.constant 0 : index
  %0 = tile.load %cache[%c0, %c0, %head, %c0] rows %numbers sizes [4, 16, 1, 32] count %n rowwise
      : memref<?x16x2x32xbf16>, tensor<4xi32> -> tensor<64x32xbf16>
  return %0 : tensor<64x32xbf16>
}
