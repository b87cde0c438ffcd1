// PTX is of the lowest version that has what the kernel calls, and of 8.0 at least: what each
// ptxas since CUDA 12.0 takes, and each driver since then compiles.
// RUN: split-file %s %t
// RUN: fovea-ptx %t/plain.mlir | FileCheck %s --check-prefix=LEAST
// RUN: fovea-ptx %t/plain.mlir --target=sm_80 | FileCheck %s --check-prefix=LEAST
// RUN: fovea-ptx %t/cluster.mlir | FileCheck %s --check-prefix=LEAST
// RUN: fovea-ptx %t/block.mlir | FileCheck %s --check-prefix=BLOCK
// RUN: fovea-ptx %t/assembly.mlir | FileCheck %s --check-prefix=ASSEMBLY
// RUN: fovea-ptx %t/saturated.mlir --target=sm_80 | FileCheck %s --check-prefix=SATURATED

// LEAST:     .version 8.0
// BLOCK:     .version 8.6
// ASSEMBLY:  .version 8.3
// SATURATED: .version 8.1

//--- plain.mlir
llvm.func @plain(%x: !llvm.ptr<1>, %value: f32) attributes {nvvm.kernel} {
  llvm.inline_asm has_side_effects asm_dialect = att "membar.cta;", "" : () -> ()
  llvm.store %value, %x : f32, !llvm.ptr<1>
  llvm.return
}

//--- cluster.mlir
llvm.func @cluster(%to: !llvm.ptr<7>, %map: !llvm.ptr, %barrier: !llvm.ptr<3>, %x: i32) attributes {nvvm.kernel} {
  nvvm.cp.async.bulk.tensor.shared.cluster.global %to, %map, %barrier, box[%x, %x] : !llvm.ptr<7>, !llvm.ptr
  llvm.return
}

//--- block.mlir
// The same copy, spelled for the block's own memory, came with CUDA 12.7.
llvm.func @block(%to: !llvm.ptr<3>, %map: !llvm.ptr, %barrier: !llvm.ptr<3>, %x: i32) attributes {nvvm.kernel} {
  nvvm.cp.async.bulk.tensor.shared.cluster.global %to, %map, %barrier, box[%x, %x] {isCTAOnly = true} : !llvm.ptr<3>, !llvm.ptr
  llvm.return
}

//--- assembly.mlir
llvm.func @assembly(%map: !llvm.ptr) attributes {nvvm.kernel} {
  llvm.inline_asm has_side_effects asm_dialect = att "{ membar.cta; fence.proxy.tensormap::generic.acquire.gpu [$0], 128; }", "l" %map : (!llvm.ptr) -> ()
  llvm.return
}

//--- saturated.mlir
llvm.func @saturated(%x: !llvm.ptr<1>, %value: f32) attributes {nvvm.kernel} {
  %half = llvm.inline_asm asm_dialect = att "cvt.rn.satfinite.f16.f32 $0, $1;", "=h,f" %value : (f32) -> i16
  llvm.store %half, %x : i16, !llvm.ptr<1>
  llvm.return
}
