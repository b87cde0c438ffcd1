// Forward and backward entries of whole specs, the backward one on what the forward one took and saved, against the
// reference: every element of every gradient within its bound.
// REQUIRES: foveac
// RUN: split-file %s %t
// DEFINE: %{spec} = nsa
// DEFINE: %{run} = fovea-run %t/%{spec}.mlir --backward --verify --lengths=130,0,1,77,16
// RUN: %{run} | FileCheck %s
// RUN: %{run} --save=lse,indices --no-fuse | FileCheck %s
// RUN: %{run} --data=dyadic | FileCheck %s
// REDEFINE: %{spec} = own
// RUN: %{run} | FileCheck %s
// RUN: %{run} --data=correlated --save=none | FileCheck %s
// REDEFINE: %{spec} = layers
// RUN: %{run} | FileCheck %s
// REDEFINE: %{spec} = msa
// RUN: %{run} | FileCheck %s
// CHECK: verified against the reference: every token
// CHECK: backward of
// CHECK: verified against the reference: every token
// CHECK: grad_q {{.*}} a bound per element ok

//--- nsa.mlir
attn.spec @nsa heads 8 over 2 dims 32 x 32 of f32 gates logits entries backward {
  attn.branch @compressed sees #attn.compressed<block = 16, stride = 8> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 16> top 3 initial 1 local 1 ranked by @compressed
  attn.branch @window sees #attn.window<24>
}

//--- own.mlir
attn.spec @own heads 8 over 2 dims 24 x 16 of bf16 gates values entries backward {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<weighted> with_positions own_kv
  attn.branch @near sees #attn.window<24> sinks
}

//--- layers.mlir
attn.spec @layers heads 4 over 2 dims 32 x 16 of bf16 gates logits entries backward {
  attn.branch @far sees #attn.compressed<block = 16, stride = 8> by #attn.phi<mlp, hidden = 24, activation = silu> with_positions
  attn.branch @gated sees #attn.compressed<block = 8, stride = 8> by #attn.phi<gated> own_kv
  attn.branch @linear sees #attn.compressed<block = 4, stride = 2> by #attn.phi<linear>
}

//--- msa.mlir
attn.spec @msa heads 8 over 2 dims 32 x 32 of f16 entries backward {
  attn.ranker @index heads 4 over 1 dim 16 by #attn.relu_index<pool = 4>
  attn.branch @selected sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}
