// The portable target's matrix instruction; Hopper uses it too, where rows are few.
// RUN: fovea-ptx %s --target=sm_80 | FileCheck %s
// RUN: fovea-ptx %s --target=sm_90a | FileCheck %s

// CHECK-LABEL: .entry mma(
// CHECK:       mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
llvm.func @mma(%to: !llvm.ptr<1>, %a: i32, %b: i32, %c: f32) attributes {nvvm.kernel} {
  %sum = nvvm.mma.sync A[%a, %a, %a, %a] B[%b, %b] C[%c, %c, %c, %c]
      {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>,
       multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>,
       shape = #nvvm.shape<m = 16, n = 8, k = 16>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
  llvm.store %sum, %to : !llvm.struct<(f32, f32, f32, f32)>, !llvm.ptr<1>
  llvm.return
}
