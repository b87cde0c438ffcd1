// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected tokens and keys to be 1 to 65536, got 0 and 64}}
func.func private @schedule_c1_tokens() attributes {a = #tile.schedule<tokens = 0, keys = 64, order = query_outer>}

// -----

// expected-error @+1 {{expected tokens and keys to be 1 to 65536, got 8 and -64}}
func.func private @schedule_c1_keys() attributes {a = #tile.schedule<tokens = 8, keys = -64, order = query_outer>}

// -----

// expected-error @+2 {{expected ::fovea::tile::LoopOrder to be one of: query_outer, key_outer}}
// expected-error @+1 {{failed to parse Tile_ScheduleAttr parameter 'order'}}
func.func private @unknown_order() attributes {a = #tile.schedule<tokens = 8, keys = 64, order = random>}

// -----

// expected-error @+1 {{struct is missing required parameter: order}}
func.func private @no_order() attributes {a = #tile.schedule<tokens = 8, keys = 64>}

// -----

// expected-error @+1 {{expected group_rows to be 0 to 65536, got -1}}
func.func private @schedule_c2() attributes {a = #tile.schedule<tokens = 8, keys = 64, order = query_outer, group_rows = -1>}

// -----

// expected-error @+1 {{expected group_rows to be 0 to 65536, got 9223372036854775807}}
func.func private @schedule_c2_huge() attributes {a = #tile.schedule<tokens = 8, keys = 64, order = query_outer, group_rows = 9223372036854775807>}

// -----

// expected-error @+1 {{expected tokens and keys to be 1 to 65536, got 9223372036854775807 and 64}}
func.func private @schedule_c1_huge() attributes {a = #tile.schedule<tokens = 9223372036854775807, keys = 64, order = query_outer>}

// -----

// expected-error @+1 {{expected stages to be 1 to 1024, got 2147483648 and 1}}
func.func private @schedule_c1_stages() attributes {a = #tile.schedule<tokens = 8, keys = 64, order = query_outer, stages = 2147483648>}
