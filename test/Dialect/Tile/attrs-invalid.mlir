// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected tokens and keys to be 1 to 65536, got 0 and 64}}
func.func private @schedule_c1_tokens() attributes {a = #tile.schedule<tokens = 0, keys = 64>}

// -----

// expected-error @+1 {{expected tokens and keys to be 1 to 65536, got 8 and -64}}
func.func private @schedule_c1_keys() attributes {a = #tile.schedule<tokens = 8, keys = -64>}

// -----

// expected-error @+2 {{expected one of [warpgroup, warp] for who multiplies together on a GPU, got: lane}}
// expected-error @+1 {{failed to parse Tile_GpuAttr parameter 'products'}}
func.func private @unknown_products() attributes {a = #tile.gpu<stages = 2, products = lane>}

// -----

// expected-error @+1 {{struct is missing required parameter: keys}}
func.func private @no_keys() attributes {a = #tile.schedule<tokens = 8>}

// -----

// expected-error @+1 {{expected group_rows and depth to be 0 to 65536, got -1 and 0}}
func.func private @schedule_c2() attributes {a = #tile.schedule<tokens = 8, keys = 64, group_rows = -1>}

// -----

// expected-error @+1 {{expected group_rows and depth to be 0 to 65536, got 9223372036854775807 and 0}}
func.func private @schedule_c2_huge() attributes {a = #tile.schedule<tokens = 8, keys = 64, group_rows = 9223372036854775807>}

// -----

// expected-error @+1 {{expected tokens and keys to be 1 to 65536, got 9223372036854775807 and 64}}
func.func private @schedule_c1_huge() attributes {a = #tile.schedule<tokens = 9223372036854775807, keys = 64>}

// -----

// expected-error @+1 {{expected group_rows and depth to be 0 to 65536, got 0 and 65537}}
func.func private @schedule_c2_depth() attributes {a = #tile.schedule<tokens = 8, keys = 64, depth = 65537>}

// -----

// expected-error @+1 {{expected parts to be 1 to 64, got 0}}
func.func private @schedule_c3() attributes {a = #tile.schedule<tokens = 8, keys = 64, parts = 0>}

// -----

// expected-error @+1 {{expected parts to be 1 to 64, got 65}}
func.func private @schedule_c3_many() attributes {a = #tile.schedule<tokens = 8, keys = 64, parts = 65>}

// -----

// expected-error @+1 {{expected stages, outer_stages and visit_slots to be 1 to 1024, got 2147483648, 1 and 8}}
func.func private @gpu_c1() attributes {a = #tile.gpu<stages = 2147483648>}

// -----

// expected-error @+1 {{expected stages, outer_stages and visit_slots to be 1 to 1024, got 2, 1 and 0}}
func.func private @gpu_c1_visits() attributes {a = #tile.gpu<stages = 2, visit_slots = 0>}

// -----

// expected-error @+1 {{expected residency to be 1 to 32, got 33}}
func.func private @gpu_c2() attributes {a = #tile.gpu<stages = 2, residency = 33>}

// -----

// expected-error @+1 {{expected turns with overlap, got them without}}
func.func private @gpu_c3() attributes {a = #tile.gpu<stages = 2, turns = true>}

// -----

// expected-error @+1 {{expected overlap with products = warpgroup, got products = warp}}
func.func private @gpu_c3_warp() attributes {a = #tile.gpu<stages = 2, products = warp, overlap = true>}

// -----

// expected-error @+1 {{expected teams to be 1 to 4, got 5}}
func.func private @gpu_c4() attributes {a = #tile.gpu<stages = 2, teams = 5>}

// -----

// expected-error @+1 {{expected 2 stages or more with one_ring, got 1}}
func.func private @gpu_c5() attributes {a = #tile.gpu<stages = 1, one_ring = true>}

// -----

// expected-error @+1 {{expected one_ring without overlap, got it with overlap}}
func.func private @gpu_c5_overlap() attributes {a = #tile.gpu<stages = 4, overlap = true, one_ring = true>}
