// The score region that docs/spec-language.md shows.
// RUN: fovea-run %s --lengths=5,0,70 --verify | FileCheck %s

// CHECK: verified
attn.spec @alibi heads 16 over 4 dims 128 x 128 of bf16 {
  attn.branch @all sees #attn.causal scores(%s, %query, %key, %head, %slope = "slope") {
    %at = arith.sitofp %query : i32 to f32
    %from = arith.sitofp %key : i32 to f32
    %ahead = arith.subf %from, %at : f32
    %bias = arith.mulf %slope, %ahead : f32
    %score = arith.addf %s, %bias : f32
    attn.score %score
  }
}
