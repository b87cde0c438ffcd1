// RUN: fovea-opt %s --attn-expand-spec --split-input-file --verify-diagnostics

func.func private @taken_forward()

// expected-error @below {{expands to @taken_forward, which exists already}}
attn.spec @taken heads 4 over 4 dims 16 x 16 of f32 {
  attn.branch @all sees #attn.causal
}
