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
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 8, keys = 64, gpu = <stages = 5, outer_stages = 2, products = warp, residency = 2, programs = head_by_head, visit_slots = 4>>
func.func private @by_warp() attributes {
  tile.schedule = #tile.schedule<tokens = 8, keys = 64, gpu = <stages = 5, outer_stages = 2, products = warp, residency = 2, programs = head_by_head, visit_slots = 4>>
}

// CHECK-LABEL: @padded
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 4, keys = 64, group_rows = 16>
func.func private @padded() attributes {
  tile.schedule = #tile.schedule<tokens = 4, keys = 64, group_rows = 16>
}

// CHECK-LABEL: @of_a_gpu
// CHECK-SAME: part = #tile.gpu<stages = 4, outer_stages = 2, residency = 2, programs = head_by_head>
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 8, keys = 64, gpu = <stages = 4>>
func.func private @of_a_gpu() attributes {
  part = #tile.gpu<stages = 4, outer_stages = 2, residency = 2, programs = head_by_head>,
  tile.schedule = #tile.schedule<tokens = 8, keys = 64, gpu = <stages = 4>>
}

// CHECK-LABEL: @in_parts
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 16, keys = 64, depth = 128>
func.func private @in_parts() attributes {
  tile.schedule = #tile.schedule<tokens = 16, keys = 64, depth = 128>
}

// CHECK-LABEL: @of_teams
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 3, teams = 3, one_ring = true>>
func.func private @of_teams() attributes {
  tile.schedule = #tile.schedule<tokens = 4, keys = 64, gpu = <stages = 3, teams = 3, one_ring = true>>
}
