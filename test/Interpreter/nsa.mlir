// The whole forward of native sparse attention, kernel after kernel: compress, compressed
// attention, scores and top-k, then selected and window attention and their combination.
// Fused as for a CPU: a kernel with two attends.
// RUN: fovea-opt %s --fovea-spec-to-attn --attn-list-schedules=target=sm_90a --attn-choose-schedules --convert-attn-to-tile -o %t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles -o %t.placed
// RUN: fovea-interpret %t.placed --against=%t.logical --lengths=70,0,133,5 --nan-sequence=0 --seeds=3 | FileCheck %s
// CHECK: ok: {{[0-9]+}} orders

// One of its kernels by itself.
// RUN: fovea-interpret %t.placed --entry=nsa_forward_compress --grid=3,1 --lengths=70,0,133 --policy=round-robin | FileCheck %s

attn.spec @nsa heads 16 over 1 dims 32 x 32 of bf16 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 16> top 4 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<32>
}
