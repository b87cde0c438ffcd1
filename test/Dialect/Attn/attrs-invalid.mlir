// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected window size to be at least 1, got 0}}
func.func private @window_c1() attributes {a = #attn.window<0>}

// -----

// A mask computes `query - size` in i32.
// expected-error @+1 {{expected window size to be at most 2147483647, got 2147483648}}
func.func private @window_c1_too_large() attributes {a = #attn.window<2147483648>}

// -----

// expected-error @+1 {{expected stride to be at least 1, got 0}}
func.func private @compressed_c1() attributes {a = #attn.compressed<block = 32, stride = 0>}

// -----

// expected-error @+1 {{expected stride to divide block, got stride = 24 and block = 32}}
func.func private @compressed_c2() attributes {a = #attn.compressed<block = 32, stride = 24>}

// -----

// expected-error @+1 {{expected stride to divide block, got stride = 1 and block = -4}}
func.func private @compressed_c2_negative_block() attributes {a = #attn.compressed<block = -4, stride = 1>}

// -----

// expected-error @+1 {{expected block to be at most 1048576, got 2097152}}
func.func private @compressed_c3() attributes {a = #attn.compressed<block = 2097152, stride = 16>}

// -----

// expected-error @+1 {{expected block to be at least 1, got -64}}
func.func private @selected_c1() attributes {a = #attn.selected<block = -64>}

// -----

// expected-error @+1 {{expected block to be at most 1048576, got 1048577}}
func.func private @selected_c1_too_large() attributes {a = #attn.selected<block = 1048577>}

// -----

// expected-error @+1 {{expected hidden to be 1 to 4096, got 0}}
func.func private @phi_c1() attributes {a = #attn.phi<mlp, hidden = 0>}

// -----

// expected-error @+1 {{expected hidden and activation for mlp only, got mean}}
func.func private @phi_c2_hidden() attributes {a = #attn.phi<mean, hidden = 8>}

// -----

// expected-error @+1 {{expected hidden and activation for mlp only, got gated}}
func.func private @phi_c2_activation() attributes {a = #attn.phi<gated, activation = relu>}

// -----

// expected-error @+1 {{expected mean, weighted, gated, linear or mlp, got median}}
func.func private @phi_unknown_kind() attributes {a = #attn.phi<median>}

// -----

// expected-error @+1 {{expected hidden or activation, got width}}
func.func private @phi_unknown_option() attributes {a = #attn.phi<mlp, width = 8>}

// -----

// expected-error @+1 {{expected relu, gelu or silu, got tanh}}
func.func private @phi_unknown_activation() attributes {a = #attn.phi<mlp, activation = tanh>}

// -----

// One message, not two.
// expected-error @+1 {{expected valid keyword}}
func.func private @phi_activation_is_no_keyword() attributes {a = #attn.phi<mlp, activation = 3>}

// -----

// expected-error @+1 {{integer value too large}}
func.func private @phi_hidden_overflows() attributes {a = #attn.phi<mlp, hidden = 99999999999999999999>}

// -----

// expected-error @+1 {{expected hidden to be 1 to 4096, got 9223372036854775807}}
func.func private @phi_c1_huge() attributes {a = #attn.phi<mlp, hidden = 9223372036854775807>}
