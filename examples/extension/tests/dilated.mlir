// The syntax, and what is refused.
// RUN: fovea-opt %s --load-dialect-plugin=%example --verify-roundtrip --split-input-file --verify-diagnostics

attn.spec @dilated heads 4 over 2 dims 16 x 16 of f32 {
  attn.branch @near sees #example.dilated<window = 64, step = 4>
}

// -----

attn.spec @no_window heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{expected window and step of 1 to 2147483647, got 0 and 4}}
  attn.branch @near sees #example.dilated<window = 0, step = 4>
}
