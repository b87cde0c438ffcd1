// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: attn.spec @msa
// CHECK-NEXT: attn.ranker @index heads 4 over 1 dim 128 by #attn.max_index
// CHECK-NEXT: attn.branch @selected sees #attn.selected<block = 128> top 16 initial 0 local 1 ranked by @index
attn.spec @msa heads 64 over 4 dims 128 x 128 of bf16 {
  attn.ranker @index heads 4 over 1 dim 128 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 128> top 16 initial 0 local 1 ranked by @index
}

// Two branches may be ranked by one ranker, beside one that a compressed branch ranks.
// CHECK-LABEL: attn.spec @mixed
// CHECK: attn.ranker @index heads 8 over 2 dim 64 by #attn.relu_index<pool = 4>
attn.spec @mixed heads 8 over 2 dims 32 x 32 of f16 gates logits {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.ranker @index heads 8 over 2 dim 64 by #attn.relu_index<pool = 4>
  attn.branch @best sees #attn.selected<block = 16> top 4 initial 1 local 1 ranked by @far
  attn.branch @fine sees #attn.selected<block = 4> top 8 initial 0 local 1 ranked by @index
  attn.branch @rough sees #attn.selected<block = 64> top 2 initial 0 local 1 ranked by @index
}
