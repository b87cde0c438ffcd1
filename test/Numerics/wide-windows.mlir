// Windows of 64 strides, each of which reaches into 17 selection blocks: sums in loops.
// RUN: fovea-run %s --lengths=0,300,777,257 --seed=5 --verify | FileCheck %s
// CHECK: verified

attn.spec @wide heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 256, stride = 4> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 16> top 5 initial 1 local 2 ranked by @compressed
}
