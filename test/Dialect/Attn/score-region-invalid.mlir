// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @attend_c11(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected sinks to be [8], got 'tensor<4xf32>'}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu sinks(%x : tensor<4xf32>) : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c11_learned(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected a learned value to be [8], got 'tensor<4xf32>'}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scores(%s, %t, %u, %h, %b = %x : tensor<4xf32>) {
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c12(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected a score region with arguments ('f32', 'i32', 'i32', 'i32'), got ('f32', 'i32', 'i32')}}
  %o:2 = "attn.attend"(%q, %k, %k, %cu) <{keys = #attn.causal, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>}> ({
  ^bb0(%s: f32, %t: i32, %u: i32):
    "attn.score"(%s) : (f32) -> ()
  }) : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>) -> (tensor<?x8x64xf32>, tensor<?x8xf32>)
  return
}

// -----

func.func @attend_c12_learned(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected learned values in a score region only, got 1 and no region}}
  %o:2 = "attn.attend"(%q, %k, %k, %cu, %y) <{keys = #attn.causal, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>}> ({
  }) : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32>, tensor<8xf32>) -> (tensor<?x8x64xf32>, tensor<?x8xf32>)
  return
}

// -----

func.func @attend_c12_end(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected a score region of one block that ends in attn.score}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scores(%s, %t, %u, %h) {
    cf.br ^bb1
    ^bb1:
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c13(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected operations on scalars of f32, i32 and i1 in a score region, of the list that attn.score gives, got math.sin}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scores(%s, %t, %u, %h) {
    %y2 = math.sin %s : f32
    attn.score %y2
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c13_type(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected operations on scalars of f32, i32 and i1 in a score region, of the list that attn.score gives, got arith.constant of other types}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scores(%s, %t, %u, %h) {
    %y2 = arith.constant 1.0 : f64
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c13_bits(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected operations on scalars of f32, i32 and i1 in a score region, of the list that attn.score gives, got arith.addi of other types}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scores(%s, %t, %u, %h) {
    %a = arith.cmpi slt, %t, %u : i32
    %b = arith.addi %a, %a : i1
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c14(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected integers of a score region to be divided by constants above 0, got no constant}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scores(%s, %t, %u, %h) {
    %a = arith.divsi %t, %h : i32
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c14_zero(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected integers of a score region to be divided by constants above 0, got 0}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scores(%s, %t, %u, %h) {
    %c = arith.constant 0 : i32
    %a = arith.remsi %t, %c : i32
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_c15(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>, %y: tensor<8xf32>) {
  // expected-error @+1 {{'attn.attend' op expected a scale from 9.1e-13 to 1.1e+12 with sinks, got 1.000000e-20}}
  %o:2 = attn.attend %q sees #attn.causal in %k, %k, %cu scale 1.0e-20 sinks(%y : tensor<8xf32>) : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @score_blocks_c9(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>, %lse: tensor<?x8xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected a learned value to be [8], got 'tensor<4xf32>'}}
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16> in %kc, %lse, %cu scores(%s, %t, %u, %h, %b = %x : tensor<4xf32>) {
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c10(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>, %lse: tensor<?x8xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected a score region of one block that ends in attn.score}}
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16> in %kc, %lse, %cu scores(%s, %t, %u, %h) {
    cf.br ^bb1
    ^bb1:
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c11(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>, %lse: tensor<?x8xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected operations on scalars of f32, i32 and i1 in a score region, of the list that attn.score gives, got math.sin}}
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16> in %kc, %lse, %cu scores(%s, %t, %u, %h) {
    %y2 = math.sin %s : f32
    attn.score %y2
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

func.func @score_blocks_c12(%q: tensor<?x8x64xf32>, %kc: tensor<?x2x64xf32>, %lse: tensor<?x8xf32>, %cu: tensor<?xi32>, %x: tensor<4xf32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected integers of a score region to be divided by constants above 0, got no constant}}
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16> in %kc, %lse, %cu scores(%s, %t, %u, %h) {
    %a = arith.divsi %t, %h : i32
    attn.score %s
  } : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x8xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  return
}

// -----

attn.spec @branch_c6 heads 8 over 2 dims 64 x 64 of f32 {
  // expected-error @+1 {{'attn.branch' op expected names of learned numbers to be distinct words of letters, digits and '_', got "a b"}}
  attn.branch @b sees #attn.causal scores(%s, %t, %u, %h, %b = "a b") {
    attn.score %s
  }
}

// -----

attn.spec @branch_c6_twice heads 8 over 2 dims 64 x 64 of f32 {
  // expected-error @+1 {{'attn.branch' op expected names of learned numbers to be distinct words of letters, digits and '_', got "b"}}
  attn.branch @b sees #attn.causal scores(%s, %t, %u, %h, %b = "b", %c = "b") {
    attn.score %s
  }
}

// -----

attn.spec @branch_c7 heads 8 over 2 dims 64 x 64 of f32 {
  // expected-error @+1 {{'attn.branch' op expected a score region of one block that ends in attn.score}}
  attn.branch @b sees #attn.causal scores(%s, %t, %u, %h) {
    cf.br ^bb1
    ^bb1:
    attn.score %s
  }
}

// -----

attn.spec @branch_c8 heads 8 over 2 dims 64 x 64 of f32 {
  // expected-error @+1 {{'attn.branch' op expected operations on scalars of f32, i32 and i1 in a score region, of the list that attn.score gives, got math.sin}}
  attn.branch @b sees #attn.causal scores(%s, %t, %u, %h) {
    %y2 = math.sin %s : f32
    attn.score %y2
  }
}

// -----

attn.spec @branch_c9 heads 8 over 2 dims 64 x 64 of f32 {
  // expected-error @+1 {{'attn.branch' op expected integers of a score region to be divided by constants above 0, got no constant}}
  attn.branch @b sees #attn.causal scores(%s, %t, %u, %h) {
    %a = arith.divsi %t, %h : i32
    attn.score %s
  }
}

// -----

// expected-error @+1 {{'attn.spec' op expected a scale from 9.1e-13 to 1.1e+12 with sinks, got 1.000000e+20}}
attn.spec @spec_c9 heads 8 over 2 dims 64 x 64 of f32 scale 1.0e+20 {
  attn.branch @b sees #attn.causal sinks
}

// -----

attn.spec @too_few_arguments heads 8 over 2 dims 64 x 64 of f32 {
  // expected-error @+1 {{expected a score, a query, a key and a head, got 2 arguments}}
  attn.branch @b sees #attn.causal scores(%s, %t) {
    attn.score %s
  }
}
