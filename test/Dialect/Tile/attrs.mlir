// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @schedule
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 8, keys = 64>
func.func private @schedule() attributes {
  tile.schedule = #tile.schedule<tokens = 8, keys = 64>
}

// Parameters come in any order.
// CHECK-LABEL: @in_any_order
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 1, keys = 1>
func.func private @in_any_order() attributes {
  tile.schedule = #tile.schedule<keys = 1, tokens = 1>
}

// CHECK-LABEL: func.func private @visits(!tile.visits)
func.func private @visits(!tile.visits)

// CHECK-LABEL: @by_warp
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 8, keys = 64, stages = 5, query_stages = 2, products = warp>
func.func private @by_warp() attributes {
  tile.schedule = #tile.schedule<tokens = 8, keys = 64, stages = 5, query_stages = 2, products = warp>
}

// CHECK-LABEL: @padded
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 4, keys = 64, group_rows = 16>
func.func private @padded() attributes {
  tile.schedule = #tile.schedule<tokens = 4, keys = 64, group_rows = 16>
}
