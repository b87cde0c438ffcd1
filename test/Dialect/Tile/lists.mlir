// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @lists
// CHECK: tile.invert_lists %{{.+}} into %{{.+}}, %{{.+}} at %{{.+}}, %{{.+}} of %{{.+}} keys %{{.+}} from %{{.+}} blocks 32 of 64 by 512 : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
func.func @lists(%lists: memref<?x4x16xi32>, %bounds: memref<?x4x2xi32>, %entries: memref<?x4x16xi32>,
                 %base: index, %head: index, %length: index, %keys: index, %first: index) {
  tile.invert_lists %lists into %bounds, %entries at %base, %head of %length keys %keys
      from %first blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  return
}

// CHECK-LABEL: @blocks_of_other_rows
// CHECK: tile.invert_lists %{{.+}} into %{{.+}}, %{{.+}} at %{{.+}}, %{{.+}} of %{{.+}} keys %{{.+}} blocks_of %{{.+}}, %{{.+}} from %{{.+}} blocks 32 of 64 by 512
func.func @blocks_of_other_rows(%lists: memref<?x4x16xi32>, %bounds: memref<?x4x2xi32>, %entries: memref<?x4x16xi32>,
                                %base: index, %head: index, %queries: index, %owned: index, %row: index, %rows: index,
                                %first: index, %length: index, %keys: index) {
  tile.invert_lists %lists into %bounds, %entries at %base, %head of %length keys %keys
      from %first blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  tile.invert_lists %lists into %bounds, %entries at %base, %head of %queries keys %owned
      blocks_of %row, %rows from %first blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  return
}
