// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @query_outer
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 8, keys = 64, order = query_outer>
func.func private @query_outer() attributes {
  tile.schedule = #tile.schedule<tokens = 8, keys = 64, order = query_outer>
}

// Parameters come in any order.
// CHECK-LABEL: @key_outer
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 1, keys = 1, order = key_outer>
func.func private @key_outer() attributes {
  tile.schedule = #tile.schedule<order = key_outer, keys = 1, tokens = 1>
}

// CHECK-LABEL: func.func private @visits(!tile.visits)
func.func private @visits(!tile.visits)

// CHECK-LABEL: @by_warp
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 8, keys = 64, order = query_outer, stages = 5, query_stages = 2, products = warp>
func.func private @by_warp() attributes {
  tile.schedule = #tile.schedule<tokens = 8, keys = 64, order = query_outer, stages = 5, query_stages = 2, products = warp>
}

// CHECK-LABEL: @padded
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 4, keys = 64, order = query_outer, group_rows = 16>
func.func private @padded() attributes {
  tile.schedule = #tile.schedule<tokens = 4, keys = 64, order = query_outer, group_rows = 16>
}
