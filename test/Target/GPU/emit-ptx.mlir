// PTX needs no CUDA Toolkit. Nothing is added to the math: a plain product stays one.
// RUN: fovea-ptx %s | FileCheck %s --check-prefixes=CHECK,HOPPER
// RUN: fovea-ptx %s --target=sm_80 | FileCheck %s --check-prefixes=CHECK,AMPERE

// The text depends on the module alone.
// RUN: cp %s %t.mlir
// RUN: fovea-ptx %s -o %t.1
// RUN: fovea-ptx %t.mlir -o %t.2
// RUN: cmp %t.1 %t.2

// HOPPER: .version 8.0
// HOPPER: .target sm_90a
// AMPERE: .version 8.0
// AMPERE: .target sm_80
// CHECK: .address_size 64

// CHECK-LABEL: .visible .entry scale(
// CHECK:       .reqntid 128, 1, 1
// CHECK:       mul.rn.f32
// CHECK:       add.rn.f32
// CHECK:       st.global
llvm.func @scale(%x: !llvm.ptr<1>, %factor: f32) attributes {
    nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
  %thread = nvvm.read.ptx.sreg.tid.x : i32
  %address = llvm.getelementptr %x[%thread] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
  %value = llvm.load %address : !llvm.ptr<1> -> f32
  %product = llvm.fmul %value, %factor : f32
  %sum = llvm.fadd %product, %factor : f32
  llvm.store %sum, %address : f32, !llvm.ptr<1>
  llvm.return
}

// What LLVM's O3 pipeline finds: the loop is a closed form.
// CHECK-LABEL: .visible .entry count(
// CHECK-NOT:   bra
// CHECK:       ret;
llvm.func @count(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %first = arith.constant 0 : i32
  %step = arith.constant 1 : i32
  %last = arith.constant 1000 : i32
  %sum = scf.for %i = %first to %last step %step iter_args(%partial = %first) -> (i32) : i32 {
    %next = arith.addi %partial, %i : i32
    scf.yield %next : i32
  }
  llvm.store %sum, %x : i32, !llvm.ptr<1>
  llvm.return
}
