// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected an argument of at least 0, got -1}}
func.func private @pointer_c1() attributes {a = #tile.pointer<argument = -1>}

// -----

// expected-error @+1 {{expected an argument of at least 0, got -1}}
func.func private @size_c1() attributes {a = #tile.size<argument = -1, axis = 0>}

// -----

// expected-error @+1 {{expected an axis of at least 0, got -1}}
func.func private @size_c1_axis() attributes {a = #tile.size<argument = 0, axis = -1>}

// -----

// expected-error @+1 {{expected an argument of at least 0, got -1}}
func.func private @scalar_c1() attributes {a = #tile.scalar<argument = -1, type = i64>}

// -----

// expected-error @+1 {{expected a scalar of i64, i32 or f32, got 'f64'}}
func.func private @scalar_c2() attributes {a = #tile.scalar<argument = 0, type = f64>}

// -----

// expected-error @+1 {{expected an axis of a grid of at most 2, got 2}}
func.func private @programs_c1() attributes {a = #tile.programs<axis = 2>}

// -----

// expected-error @+1 {{expected an axis of a grid of at most 2, got -1}}
func.func private @programs_c1_negative() attributes {a = #tile.programs<axis = -1>}

// -----

// expected-error @+1 {{expected an argument of at least 0, got -1}}
func.func private @tensor_map_c1() attributes {a = #tile.tensor_map<argument = -1, box = [64], swizzle = 0>}

// -----

// expected-error @+1 {{expected a box of 1 to 5 sizes of 1 to 256, got array<i64: 512>}}
func.func private @tensor_map_c2() attributes {a = #tile.tensor_map<argument = 0, box = [512], swizzle = 0>}

// -----

// expected-error @+1 {{expected a box of 1 to 5 sizes of 1 to 256, got array<i64>}}
func.func private @tensor_map_c2_empty() attributes {a = #tile.tensor_map<argument = 0, box = [], swizzle = 0>}

// -----

// expected-error @+1 {{expected a swizzle of 0, 32, 64 or 128, got 16}}
func.func private @tensor_map_c3() attributes {a = #tile.tensor_map<argument = 0, box = [64], swizzle = 16>}

// -----

// expected-error @+1 {{expected threads of at least 1, got 0}}
func.func private @kernel_abi_c1() attributes {a = #tile.kernel_abi<threads = 0, shared_bytes = 0, params = []>}

// -----

// expected-error @+1 {{expected shared_bytes of at least 0, got -8}}
func.func private @kernel_abi_c2() attributes {a = #tile.kernel_abi<threads = 32, shared_bytes = -8, params = []>}

// -----

// expected-error @+1 {{expected params to be #tile.pointer, #tile.size, #tile.scalar, #tile.programs or #tile.tensor_map, got 4 : i64}}
func.func private @kernel_abi_c3() attributes {a = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [4]>}

// -----

// expected-error @+1 {{expected at least one schedule, got none}}
func.func private @candidates_c1() attributes {a = #tile.candidates<key = "k", shape = "", schedules = []>}

// -----

// expected-error @+1 {{expected schedules that differ, got #tile.schedule<tokens = 4, keys = 16> twice}}
func.func private @candidates_c2() attributes {a = #tile.candidates<key = "k", shape = "", schedules = [<tokens = 4, keys = 16>, <tokens = 4, keys = 32>, <tokens = 4, keys = 16>]>}

// -----

// expected-error @+1 {{expected tile.candidates to be a #tile.candidates, got 4 : i64}}
func.func private @candidates_of_another_kind() attributes {tile.candidates = 4}

// -----

// expected-error @+1 {{expected counts of at least 0, got -1}}
func.func private @work_c1() attributes {a = #tile.work<flops = 1, exps = 1, bytes = -1, key_bytes = 1>}

// -----

// expected-error @+1 {{expected tile.schedule to be a #tile.schedule, got 4 : i64}}
func.func private @schedule_of_another_kind() attributes {tile.schedule = 4}

// -----

// expected-error @+1 {{expected tile.heads to be a positive i64, got 0 : i64}}
func.func private @no_heads() attributes {tile.heads = 0}

// -----

// expected-error @+1 {{expected tile.ring to be a positive i64, got 0 : i64}}
func.func private @no_ring() attributes {tile.ring = 0}

// -----

// expected-error @+1 {{expected tile.most_tokens to be a positive i64, got 0 : i64}}
func.func private @no_tokens() attributes {tile.entry, tile.most_tokens = 0}

// -----

// expected-error @+1 {{expected one of tile.schedule, tile.candidates, tile.candidate, tile.work, tile.heads, tile.ring, tile.kernel_abi, tile.entry, tile.most_tokens, got tile.shedule}}
func.func private @misspelt() attributes {tile.shedule}

// -----

// expected-error @+1 {{expected tile.kernel_abi on a gpu.module, got it on func.func}}
func.func private @lowered_function() attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>}

// -----

// expected-error @+1 {{expected tile.name to be a string, got unit}}
func.func private @argument_of_no_name(memref<4xf32> {tile.name})

// -----

// expected-error @+1 {{expected one of tile.name, tile.rows, tile.output, tile.in_place, got tile.out}}
func.func private @misspelt_argument(memref<4xf32> {tile.out})
