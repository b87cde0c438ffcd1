// The spec of docs/spec-language.md that has a gradient, on the CPU against the reference.
// REQUIRES: foveac
// RUN: fovea-run %s --backward --verify --lengths=40,0,1 | FileCheck %s
// CHECK: entry near_forward
// CHECK: entry near_backward
// CHECK: grad_v 164 {{.*}} ok

attn.spec @near heads 16 over 4 dims 128 x 128 of bf16 entries backward {
  attn.branch @window sees #attn.window<512>
}
