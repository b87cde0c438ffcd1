// What expansion refuses of a ranker of a plugin (test/lib/Plugins/BrokenIndex.cpp).
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestBroken.so --attn-expand-spec \
// RUN:   -split-input-file -verify-diagnostics

attn.spec @nothing_is_wrong heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"nothing">
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @null_scores heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"null_scores">
  // expected-error@+1 {{'attn.branch' op #test_broken.index<"null_scores">: expected emitScores to give a tensor [T, 2, ?] of f32, got null}}
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @queries_as_scores heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"queries_as_scores">
  // expected-error@+1 {{expected emitScores to give a tensor [T, 2, ?] of f32, got 'tensor<?x4x16xf32>'}}
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @heads heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"heads">
  // expected-error@+1 {{expected emitScores to give a tensor [T, 2, ?] of f32, got 'tensor<?x4x?xf32>'}}
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @calls heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"calls">
  // expected-error@+1 {{#test_broken.index<"calls">: expected emitScores to write attn operations only, got func.call}}
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

attn.spec @elementwise heads 4 over 2 dims 16 x 16 of f32 {
  attn.ranker @index heads 4 over 1 dim 16 by #test_broken.index<"elementwise">
  // expected-error@+1 {{expected emitScores to write attn operations only, got arith.negf}}
  attn.branch @best sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}
