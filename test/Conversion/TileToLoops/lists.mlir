// RUN: fovea-opt %s --convert-tile-to-loops --canonicalize --cse | FileCheck %s

// Counts, begins, tokens, and then what is no token's.
// CHECK-LABEL: func.func private @invert
// CHECK-SAME:  %[[LISTS:.+]]: memref<?x4x16xi32>, %[[BOUNDS:.+]]: memref<?x4x2xi32>, %[[ENTRIES:[a-z0-9]+]]: memref<?x4x16xi32>
// CHECK-DAG:   memref.alloca() {{.*}} : memref<33xi32>
// CHECK-DAG:   %[[ROW:.+]] = memref.collapse_shape %[[ENTRIES]]
// CHECK:       %[[BELOW:.+]] = scf.for {{.+}} iter_args
// CHECK:         memref.load %[[LISTS]]
// CHECK:       scf.for {{.+}} iter_args(%{{.+}} = %{{.+}}) -> (index)
// CHECK:       scf.for
// CHECK:         memref.load %[[LISTS]]
// CHECK:         memref.store %{{.+}}, %[[ROW]]
// CHECK:       scf.for
// CHECK:         memref.store %{{.+}}, %[[BOUNDS]]
// CHECK:         memref.store %c-1_i32, %[[ROW]]
tile.kernel @invert(%lists: memref<?x4x16xi32>, %bounds: memref<?x4x2xi32>, %entries: memref<?x4x16xi32>,
                    %base: index, %head: index, %length: index, %keys: index, %first: index) {
  tile.invert_lists %lists into %bounds, %entries at %base, %head of %length keys %keys
      from %first blocks 32 of 64 by 512
      : memref<?x4x16xi32>, memref<?x4x2xi32>, memref<?x4x16xi32>
  tile.return
}
