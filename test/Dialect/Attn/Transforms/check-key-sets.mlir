// Built-in key sets and one of a plugin keep their contract, whatever the seed; each set is tried once.
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so \
// RUN:   --pass-pipeline='builtin.module(attn-check-key-sets{seed=7})' --mlir-pass-statistics 2>&1 | FileCheck %s
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so --attn-check-key-sets \
// RUN:   | fovea-opt --load-dialect-plugin=%fovea_output/lib/FoveaExample.so -o %t
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so | diff - %t

// CHECK: (S) 3 key-sets - key sets tried
attn.spec @three heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @near sees #attn.window<16>
  attn.branch @same sees #attn.window<16>
  attn.branch @all sees #attn.causal
  attn.branch @far sees #example.dilated<window = 64, step = 4>
}
