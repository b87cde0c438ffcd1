// The gradients of attentions with score regions, with those of their learned values, on the CPU against the reference,
// element by element, with the bound that follows the derivative's own steps.
// RUN: fovea-run %s --entry=cap_forward --backward --lengths=300,0,77 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %s --entry=fast_forward --backward --lengths=200,0,77 --verify --verify-tokens=0 | FileCheck %s
// RUN: fovea-run %s --entry=ranked_forward --backward --lengths=200,0,77 --verify --verify-tokens=0 | FileCheck %s --check-prefixes=CHECK,SLOPES
// RUN: fovea-run %s --entry=steep_forward --backward --lengths=100,1,77 --verify | FileCheck %s
// RUN: fovea-run %s --entry=all_forward --backward --lengths=100,1,77 --verify | FileCheck %s
// RUN: fovea-run %s --entry=padded --lengths=9,0,1,150,33 --verify | FileCheck %s --check-prefix=PADDED
// PADDED: grad_k {{.*}} ok
// PADDED: grad_v {{.*}} ok
// CHECK: backward of
// CHECK-NOT: undecided
// CHECK-NOT: FAILED
// CHECK: grad_q {{.*}} ok
// SLOPES: grad_far_slope {{.*}} ok
// SLOPES: grad_best_bias {{.*}} ok

attn.spec @cap heads 6 over 2 dims 24 x 16 of f32 entries backward {
  attn.branch @near sees #attn.window<40> sinks scores(%s, %t, %u, %h) {
    %cap = arith.constant 2.5 : f32
    %x = arith.divf %s, %cap : f32
    %y = math.tanh %x : f32
    %z = arith.mulf %y, %cap : f32
    attn.score %z
  }
}

attn.spec @fast heads 4 over 1 dims 16 x 16 of bf16 entries backward {
  attn.branch @near sees #attn.causal scores(%s, %t, %u, %h, %temperature = "temperature") {
    %cap = arith.constant 30.0 : f32
    %r = arith.mulf %s, %temperature : f32
    %x = arith.divf %r, %cap : f32
    %y = math.tanh %x fastmath<afn> : f32
    %z = arith.mulf %cap, %y : f32
    attn.score %z
  }
}

// ALiBi over compressed keys, a bias over listed blocks.
attn.spec @ranked heads 4 over 2 dims 16 x 16 of f32 gates logits entries backward {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean> sinks
      scores(%s, %t, %u, %h, %slope = "slope") {
    %d = arith.subi %u, %t : i32
    %f = arith.sitofp %d : i32 to f32
    %eighth = arith.constant 0.125 : f32
    %small = arith.mulf %slope, %eighth : f32
    %b = arith.mulf %f, %small : f32
    %z = arith.addf %s, %b : f32
    attn.score %z
  }
  attn.branch @best sees #attn.selected<block = 16> top 4 initial 1 local 1 ranked by @far sinks
      scores(%s, %t, %u, %h, %bias = "bias") {
    %z = arith.addf %s, %bias : f32
    attn.score %z
  }
  attn.branch @near sees #attn.window<40>
}

// A key that is not seen has any score, which changes by anything: the root of a number below 0, for those behind the query.
// Others weigh nothing: the region hides them.
attn.spec @steep heads 4 over 2 dims 16 x 16 of f32 entries backward {
  attn.branch @near sees #attn.causal scores(%s, %t, %u, %h, %a = "a") {
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %three = arith.constant 3 : i32
    %hidden = arith.constant 0xFF800000 : f32
    %d = arith.subi %t, %u : i32
    %e = arith.addi %d, %one : i32
    %f = arith.sitofp %e : i32 to f32
    %x = arith.mulf %s, %s : f32
    %w = arith.addf %x, %f : f32
    %y = arith.mulf %w, %f : f32
    %r = math.sqrt %y : f32
    %p = arith.mulf %a, %r : f32
    %m = arith.remsi %d, %three : i32
    %isHidden = arith.cmpi eq, %m, %two : i32
    %z = arith.select %isHidden, %hidden, %p : f32
    attn.score %z
  }
}

// Every operation of the list that has a slope.
attn.spec @all heads 4 over 2 dims 16 x 16 of f32 entries backward {
  attn.branch @near sees #attn.causal scores(%s, %t, %u, %h, %a = "a", %b = "b") {
    %f0 = arith.sitofp %h : i32 to f32
    %two = arith.constant 2.0 : f32
    %f1 = math.absf %s : f32
    %f2 = arith.addf %f1, %two : f32
    %f3 = math.sqrt %f2 : f32
    %f4 = math.log %f3 : f32
    %f5 = math.log2 %f3 : f32
    %f6 = arith.negf %f4 : f32
    %f7 = math.exp %f6 : f32
    %f8 = math.exp2 %f6 : f32
    %f9 = arith.mulf %f7, %f8 : f32
    %g0 = arith.divf %f9, %f3 : f32
    %g1 = arith.subf %g0, %f5 : f32
    %g2 = arith.maxnumf %g1, %a : f32
    %g3 = arith.minnumf %g2, %f3 : f32
    %g4 = math.tanh %g3 : f32
    %positive = arith.cmpf ogt, %b, %f0 : f32
    %g5 = arith.select %positive, %g4, %g3 : f32
    %g6 = arith.mulf %g5, %b : f32
    %z = arith.addf %s, %g6 : f32
    attn.score %z
  }
}

// Rows that are no head's, between those of two tokens: nobody has a number for them, by which 0 is divided.
func.func @padded(%q: tensor<?x4x16xf32> {attn.name = "q"}, %k: tensor<?x2x16xf32> {attn.name = "k"}, %v: tensor<?x2x8xf32> {attn.name = "v"}, %x: tensor<4xf32> {attn.name = "x"},
                  %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %do: tensor<?x4x8xf32> {attn.name = "grad_o"}, %lse: tensor<?x4xf32> {attn.name = "lse"}, %delta: tensor<?x4xf32> {attn.name = "delta"})
    -> (tensor<?x2x16xf32> {attn.name = "grad_k"}, tensor<?x2x8xf32> {attn.name = "grad_v"}) {
  %dk, %dv = attn.attend_grad_kv %q sees #attn.window<40> in %k, %v, %cu of %do, %lse, %delta
      scores(%s, %t, %u, %h, %temperature = %x : tensor<4xf32>) {
    %z = arith.divf %s, %temperature : f32
    %y = math.tanh %z : f32
    %w = arith.divf %y, %temperature : f32
    attn.score %w
  } {tile.schedule = #tile.schedule<tokens = 8, keys = 16, group_rows = 3>} : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x8xf32>, tensor<?xi32>,
      tensor<?x4x8xf32>, tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x2x16xf32>, tensor<?x2x8xf32>
  return %dk, %dv : tensor<?x2x16xf32>, tensor<?x2x8xf32>
}
