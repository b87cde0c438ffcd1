// RUN: fovea-opt %s --attn-estimate-work=tokens=0 --verify-diagnostics

// expected-error @below {{expected tokens to be at least 1, got 0}}
func.func @no_tokens() {
  return
}
