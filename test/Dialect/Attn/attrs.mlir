// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: @key_sets
// CHECK-SAME: full = #attn.full
func.func private @key_sets() attributes {full = #attn.full}
// CHECK: causal = #attn.causal
func.func private @causal() attributes {causal = #attn.causal}
// CHECK: window = #attn.window<512>
func.func private @window() attributes {window = #attn.window<512>}
// CHECK: largest = #attn.window<2147483647>
func.func private @largest_window() attributes {largest = #attn.window<2147483647>}
// CHECK: compressed = #attn.compressed<block = 32, stride = 16>
func.func private @compressed() attributes {compressed = #attn.compressed<block = 32, stride = 16>}
// CHECK: token_per_key = #attn.compressed<block = 1, stride = 1>
func.func private @token_per_key() attributes {token_per_key = #attn.compressed<block = 1, stride = 1>}
// CHECK: selected = #attn.selected<block = 64>
func.func private @selected() attributes {selected = #attn.selected<block = 64>}

// CHECK-LABEL: @phis
// CHECK-SAME: a = #attn.phi<mean>, b = #attn.phi<weighted>, c = #attn.phi<gated>
// CHECK-SAME: d = #attn.phi<linear>
func.func private @phis() attributes {
  a = #attn.phi<mean>, b = #attn.phi<weighted>, c = #attn.phi<gated>, d = #attn.phi<linear>
}

// Options come in any order, and both have a default.
// CHECK-LABEL: @mlp
// CHECK-SAME: a = #attn.phi<mlp, hidden = 64, activation = gelu>
// CHECK-SAME: b = #attn.phi<mlp, hidden = 64, activation = silu>
// CHECK-SAME: c = #attn.phi<mlp, hidden = 8, activation = relu>
func.func private @mlp() attributes {
  a = #attn.phi<mlp>, b = #attn.phi<mlp, hidden = 64, activation = silu>,
  c = #attn.phi<mlp, activation = relu, hidden = 8>
}

// CHECK-LABEL: @rankers
// CHECK-SAME: a = #attn.max_index, b = #attn.relu_index<pool = 4>
func.func private @rankers() attributes {a = #attn.max_index, b = #attn.relu_index<pool = 4>}
