// Built-in key sets and one of a plugin keep their contract, whatever the seed, and nothing is changed.
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so \
// RUN:   --pass-pipeline='builtin.module(attn-check-key-sets{seed=7})' -o %t.seven
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so --attn-check-key-sets \
// RUN:   | fovea-opt --load-dialect-plugin=%fovea_output/lib/FoveaExample.so -o %t
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so | diff - %t
// RUN: diff %t.seven %t

attn.spec @three heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @near sees #attn.window<16>
  attn.branch @same sees #attn.window<16>
  attn.branch @all sees #attn.causal
  attn.branch @far sees #example.dilated<window = 64, step = 4>
}
