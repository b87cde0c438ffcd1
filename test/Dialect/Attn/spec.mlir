// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: attn.spec @nsa heads 64 over 4 dims 128 x 128 of bf16 gates logits {
// CHECK-NEXT: attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
// CHECK-NEXT: attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed
// CHECK-NEXT: attn.branch @window sees #attn.window<512>
attn.spec @nsa heads 64 over 4 dims 128 x 128 of bf16 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<512>
}

// One branch needs no gates.
// CHECK-LABEL: attn.spec @dense heads 1 over 1 dims 192 x 128 of f32 scale 5.000000e-01 {
// CHECK-NEXT: attn.branch @all sees #attn.full
attn.spec @dense heads 1 over 1 dims 192 x 128 of f32 scale 0.5 {
  attn.branch @all sees #attn.full
}

// What is trained gives its gradient too.
// CHECK-LABEL: attn.spec @trained heads 4 over 2 dims 16 x 16 of bf16 scale 5.000000e-01 entries backward {
attn.spec @trained heads 4 over 2 dims 16 x 16 of bf16 scale 0.5 entries backward {
  attn.branch @all sees #attn.causal
}

// Queries behind what keys hold.
// CHECK-LABEL: attn.spec @cached heads 4 over 2 dims 16 x 16 of bf16 entries forward|extend {
attn.spec @cached heads 4 over 2 dims 16 x 16 of bf16 entries extend | forward {
  attn.branch @all sees #attn.causal
}

// The paper's own: keys and values per branch, the ranking branch included.
// CHECK-LABEL: attn.spec @own_kv
// CHECK-NEXT: attn.branch @far sees {{.+}} by #attn.phi<mlp, hidden = 64, activation = gelu> with_positions own_kv
// CHECK-NEXT: attn.branch @picked sees {{.+}} ranked by @far own_kv
// CHECK-NEXT: attn.branch @window sees #attn.window<512> own_kv
attn.spec @own_kv heads 4 over 2 dims 16 x 16 of f16 gates values {
  attn.branch @far sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mlp> with_positions own_kv
  attn.branch @picked sees #attn.selected<block = 32> top 3 initial 1 local 2 ranked by @far own_kv
  attn.branch @window sees #attn.window<512> own_kv
}

// CHECK-LABEL: attn.spec @attributes
// CHECK-SAME: attributes {note = "kept"} {
// CHECK-NEXT: attn.branch @all sees #attn.causal {note = "kept"}
attn.spec @attributes heads 1 over 1 dims 8 x 8 of f32 attributes {note = "kept"} {
  attn.branch @all sees #attn.causal {note = "kept"}
}

// CHECK-LABEL: attn.spec @pages
// CHECK-SAME: entries extend pages 64 {
attn.spec @pages heads 4 over 2 dims 16 x 16 of f16 entries extend pages 64 {
  attn.branch @near sees #attn.window<8>
}

// CHECK-LABEL: attn.spec @laid_out
// CHECK-SAME: entries forward|extend pages 256 heads_first interleaved {
attn.spec @laid_out heads 4 over 2 dims 16 x 16 of f16 entries extend|forward pages 256 heads_first interleaved {
  attn.branch @near sees #attn.window<8>
}
