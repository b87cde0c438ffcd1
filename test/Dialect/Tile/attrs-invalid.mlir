// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected tokens and keys to be at least 1, got 0 and 64}}
func.func private @schedule_c1_tokens() attributes {a = #tile.schedule<tokens = 0, keys = 64, order = query_outer>}

// -----

// expected-error @+1 {{expected tokens and keys to be at least 1, got 8 and -64}}
func.func private @schedule_c1_keys() attributes {a = #tile.schedule<tokens = 8, keys = -64, order = query_outer>}

// -----

// expected-error @+2 {{expected ::fovea::tile::LoopOrder to be one of: query_outer, key_outer}}
// expected-error @+1 {{failed to parse Tile_ScheduleAttr parameter 'order'}}
func.func private @unknown_order() attributes {a = #tile.schedule<tokens = 8, keys = 64, order = random>}

// -----

// expected-error @+1 {{struct is missing required parameter: order}}
func.func private @no_order() attributes {a = #tile.schedule<tokens = 8, keys = 64>}

// -----

// expected-error @+1 {{expected group_rows to be at least 0, got -1}}
func.func private @schedule_c2() attributes {a = #tile.schedule<tokens = 8, keys = 64, order = query_outer, group_rows = -1>}
