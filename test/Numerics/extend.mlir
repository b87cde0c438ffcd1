// Queries behind what keys hold against the reference: chunks of all lengths at the ends of
// sequences, none at all, and all of one. Rows of keys behind a sequence's last token are NaN: nothing reads them.
// REQUIRES: foveac
// RUN: split-file %s %t
// DEFINE: %{spec} = nsa
// DEFINE: %{more} =
// DEFINE: %{run} = fovea-run %t/%{spec}.mlir --entry=%{spec}_extend --verify --verify-tokens=0 --lengths=130,0,1,77,16 %{more}
// RUN: %{run} | FileCheck %s
// RUN: %{run} --queries=1,0,1,40,16 --no-fuse | FileCheck %s
// RUN: %{run} --queries=0,0,0,3,1 --data=dyadic | FileCheck %s
// RUN: %{run} --backward --queries=33,0,1,0,16 --save=none | FileCheck %s --check-prefixes=CHECK,BACK
// RUN: %{run} --backward --data=dyadic | FileCheck %s --check-prefixes=CHECK,BACK
// REDEFINE: %{spec} = own
// RUN: %{run} --backward --queries=0,0,1,77,5 | FileCheck %s --check-prefixes=CHECK,BACK
// REDEFINE: %{spec} = msa
// RUN: %{run} --backward | FileCheck %s --check-prefixes=CHECK,BACK
// REDEFINE: %{spec} = all
// RUN: %{run} --backward | FileCheck %s --check-prefixes=CHECK,BACK
// CHECK: queries {{.*}} the last tokens of their sequences
// CHECK: verified against the reference: every token
// CHECK: o {{.*}} a bound per element ok
// BACK: backward of
// BACK: verified against the reference: every token
// BACK: grad_q {{.*}} a bound per element ok
// BACK: grad_k {{.*}} a bound per element ok

// Where all tokens are queries, what they see can be plotted. Rows that are no tokens are not counted.
// RUN: fovea-run %t/nsa.mlir --entry=nsa_extend --lengths=30,10 --queries=30,10 --plot-pattern=%t/pattern.svg | FileCheck %s --check-prefix=PLOT
// RUN: FileCheck %s --check-prefix=SVG --input-file=%t/pattern.svg
// PLOT: tokens {{ *}}40 in 2 sequences, the longest of 30
// SVG: <svg
// RUN: not fovea-run %t/nsa.mlir --entry=nsa_extend --lengths=30,10 --queries=30,9 --plot-pattern=%t/pattern.svg 2>&1 | FileCheck %s --check-prefix=SOME
// SOME: expected queries that are all tokens, to plot what they see, got some of them

// More queries than a sequence has tokens, and another entry's options, are refused.
// RUN: not fovea-run %t/all.mlir --entry=all_extend --lengths=5,9 --queries=6,1 2>&1 | FileCheck %s --check-prefix=MANY
// MANY: expected from 0 to 5 queries of sequence 0, got 6
// RUN: not fovea-run %t/all.mlir --entry=all_extend --lengths=5,9 --queries=1 2>&1 | FileCheck %s --check-prefix=FEW
// FEW: expected queries of 2 sequences, got 1
// RUN: not fovea-run %t/all.mlir --entry=all_forward --lengths=5,9 --queries=1,1 2>&1 | FileCheck %s --check-prefix=SAME
// SAME: expected queries only of a function whose queries are apart from its keys, got some

//--- nsa.mlir
attn.spec @nsa heads 8 over 2 dims 32 x 32 of f32 gates logits entries extend|backward {
  attn.branch @compressed sees #attn.compressed<block = 16, stride = 8> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 16> top 3 initial 1 local 1 ranked by @compressed
  attn.branch @window sees #attn.window<24>
}

//--- own.mlir
attn.spec @own heads 8 over 2 dims 24 x 16 of bf16 gates values entries extend|backward {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mlp, hidden = 8, activation = silu> with_positions own_kv
  attn.branch @near sees #attn.window<24> sinks
}

//--- msa.mlir
attn.spec @msa heads 8 over 2 dims 32 x 32 of f16 entries extend|backward {
  attn.ranker @index heads 4 over 1 dim 16 by #attn.relu_index<pool = 4>
  attn.branch @selected sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

//--- all.mlir
attn.spec @all heads 4 over 2 dims 16 x 16 of f32 entries forward|extend|backward {
  attn.branch @all sees #attn.full scores(%s, %query, %key, %head, %slope = "slope") {
    %at = arith.sitofp %query : i32 to f32
    %from = arith.sitofp %key : i32 to f32
    %ahead = arith.subf %from, %at : f32
    %bias = arith.mulf %slope, %ahead : f32
    %score = arith.addf %s, %bias : f32
    attn.score %score
  }
}
