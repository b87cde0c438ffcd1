// RUN: fovea-opt %s --fovea-nvvm-to-llvm | FileCheck %s
// RUN: fovea-opt %s --pass-pipeline='builtin.module(gpu.module(fovea-nvvm-to-llvm))' | FileCheck %s --check-prefix=NESTED

!acc = !llvm.struct<(f32, f32, f32, f32)>

// CHECK-LABEL: llvm.func @wgmma
// CHECK-NOT:   scf.for
// CHECK:       llvm.cond_br
// CHECK:       nvvm.wgmma.fence.aligned
// CHECK:       llvm.inline_asm has_side_effects {{.*}}wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16
llvm.func @wgmma(%a: i64, %b: i64, %count: i32) -> !acc {
  %first = arith.constant 0 : i32
  %step = arith.constant 1 : i32
  %zero = llvm.mlir.zero : !acc
  %sum = scf.for %i = %first to %count step %step iter_args(%partial = %zero) -> (!acc) : i32 {
    nvvm.wgmma.fence.aligned
    %next = nvvm.wgmma.mma_async %a, %b, %partial, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    scf.yield %next : !acc
  }
  llvm.return %sum : !acc
}

// CHECK-LABEL: llvm.func @wait
// CHECK:       llvm.inline_asm has_side_effects {{.*}}mbarrier.try_wait.parity
// CHECK-NOT:   unrealized_conversion_cast
func.func @wait(%barrier: !llvm.ptr<3>, %phase: i32, %ticks: i32) {
  nvvm.mbarrier.try_wait.parity %barrier, %phase, %ticks : !llvm.ptr<3>, i32, i32
  return
}

// NESTED-LABEL: gpu.module @kernels
// NESTED:       llvm.func @half
// NESTED:       llvm.udiv
gpu.module @kernels {
  func.func @half(%x: i32) -> i32 {
    %two = arith.constant 2 : i32
    %quotient = arith.divui %x, %two : i32
    return %quotient : i32
  }
}
