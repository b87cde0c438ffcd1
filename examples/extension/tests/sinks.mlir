// A set of two parts: its contract, and a run compared with the reference.
// RUN: fovea-opt %s --load-dialect-plugin=%example --attn-check-key-sets
// RUN: fovea-run %s --load-dialect-plugin=%example --lengths=0,1,63,64,65,200 --verify | FileCheck %s
// RUN: sed 's/sinks = 4/sinks = 0/' %s > %t.mlir
// RUN: not fovea-opt %t.mlir --load-dialect-plugin=%example 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK: verified
// NONE: expected sinks and window of 1 to 1048576, got 0 and 16
attn.spec @sunk heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @near sees #example.sinks<sinks = 4, window = 16>
  attn.branch @far sees #example.sinks<sinks = 40, window = 100>
}
