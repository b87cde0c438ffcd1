// RUN: fovea-opt %s --load-dialect-plugin=%example --load-pass-plugin=%example \
// RUN:   --pass-pipeline='builtin.module(example-dilate-windows{step=4})' | FileCheck %s
// RUN: not fovea-opt %s --load-dialect-plugin=%example --load-pass-plugin=%example \
// RUN:   --pass-pipeline='builtin.module(example-dilate-windows{step=0})' 2>&1 | FileCheck %s --check-prefix=ZERO

// CHECK: attn.branch @near sees #example.dilated<window = 64, step = 4>
// CHECK: attn.branch @all sees #attn.causal
// ZERO: error: expected window and step of 1 to 2147483647, got 0 and 0
attn.spec @two heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @near sees #attn.window<16>
  attn.branch @all sees #attn.causal
}
