// Score regions and sinks on the CPU against the reference, element by element: attention and the
// selection that it ranks, fused and not, and a bound for each (lib/Numerics/ScoreBound.cpp).
// RUN: fovea-run %s --entry=cap_forward --lengths=300,0,77 --verify | FileCheck %s
// RUN: fovea-run %s --entry=fast_forward --lengths=300,0,77 --verify | FileCheck %s
// RUN: fovea-run %s --entry=ranked_forward --lengths=300,0,77 --verify | FileCheck %s
// RUN: fovea-run %s --entry=ranked_forward --lengths=300,0,77 --verify --no-fuse | FileCheck %s
// RUN: fovea-run %s --entry=all_forward --lengths=100,1,77 --verify | FileCheck %s
// RUN: fovea-run %examples/softcap.mlir --lengths=200,5 --verify | FileCheck %s
// CHECK: verified
// CHECK-NOT: undecided
// CHECK-NOT: FAILED
// CHECK: near_lse {{.*}} ok

attn.spec @cap heads 6 over 2 dims 24 x 16 of f32 {
  attn.branch @near sees #attn.window<40> sinks scores(%s, %t, %u, %h) {
    %cap = arith.constant 2.5 : f32
    %x = arith.divf %s, %cap : f32
    %y = math.tanh %x : f32
    %z = arith.mulf %y, %cap : f32
    attn.score %z
  }
}

attn.spec @fast heads 4 over 1 dims 16 x 16 of bf16 {
  attn.branch @near sees #attn.causal scores(%s, %t, %u, %h) {
    %cap = arith.constant 30.0 : f32
    %x = arith.divf %s, %cap : f32
    %y = math.tanh %x fastmath<afn> : f32
    %z = arith.mulf %cap, %y : f32
    attn.score %z
  }
}

// ALiBi in the branch that ranks, a bias in what is chosen, sinks in both.
attn.spec @ranked heads 4 over 2 dims 16 x 16 of f32 gates logits {
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

// Every operation of the list.
attn.spec @all heads 4 over 2 dims 16 x 16 of f32 {
  attn.branch @near sees #attn.causal scores(%s, %t, %u, %h, %a = "a") {
    %one = arith.constant 1 : i32
    %seven = arith.constant 7 : i32
    %i0 = arith.addi %t, %one : i32
    %i1 = arith.subi %i0, %u : i32
    %i2 = arith.muli %i1, %seven : i32
    %i3 = arith.divsi %i2, %seven : i32
    %i4 = arith.remsi %i3, %seven : i32
    %i5 = arith.minsi %i4, %h : i32
    %i6 = arith.maxsi %i5, %one : i32
    %i7 = arith.andi %i6, %seven : i32
    %i8 = arith.ori %i7, %one : i32
    %i9 = arith.xori %i8, %seven : i32
    %near = arith.cmpi slt, %i1, %seven : i32
    %f0 = arith.sitofp %i9 : i32 to f32
    %f1 = math.absf %s : f32
    %f2 = arith.addf %f0, %f1 : f32
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
    %positive = arith.cmpf ogt, %a, %f0 : f32
    %both = arith.andi %near, %positive : i1
    %g5 = arith.select %both, %g4, %g3 : f32
    %z = arith.addf %s, %g5 : f32
    attn.score %z
  }
}
