// What a kernel uses, against what the target has.
// REQUIRES: cuda-toolkit
// RUN: split-file %s %t
// RUN: not fovea-ptx %t/spill.mlir --emit=report 2>&1 | FileCheck %s --check-prefix=SPILL
// RUN: fovea-ptx %t/shared.mlir --emit=report | FileCheck %s --check-prefix=FITS
// RUN: fovea-ptx %t/shared.mlir --emit=report --dynamic-shared-bytes=228352
// RUN: not fovea-ptx %t/shared.mlir --emit=report --dynamic-shared-bytes=228353 2>&1 | FileCheck %s --check-prefix=OVER
// RUN: not fovea-ptx %t/shared.mlir --emit=report --target=sm_80 --dynamic-shared-bytes=98304 2>&1 | FileCheck %s --check-prefix=AMPERE
// RUN: not fovea-ptx %t/shared.mlir --emit=report --max-registers=4 2>&1 | FileCheck %s --check-prefix=REGISTERS
// RUN: not fovea-ptx %t/static.mlir --emit=cubin -o %t/cubin 2>&1 | FileCheck %s --check-prefix=STATIC
// RUN: not ls %t/cubin

//--- spill.mlir
// 96 values are alive at once, and 1024 threads leave 64 registers for each.
// SPILL-DAG: kernel spill: 64 registers
// SPILL-DAG: error: kernel 'spill': expected no register spills, got {{[1-9][0-9]*}} B
llvm.func @spill(%x: !llvm.ptr<1>, %offset: i32) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 1024, 1, 1>} {
  %values = llvm.load volatile %x : !llvm.ptr<1> -> vector<96xf32>
  %twice = llvm.fadd %values, %values : vector<96xf32>
  nvvm.barrier0
  %to = llvm.getelementptr %x[%offset] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
  llvm.store volatile %twice, %to : vector<96xf32>, !llvm.ptr<1>
  llvm.return
}

//--- shared.mlir
// FITS:      kernel shared: {{.*}}registers, {{(1 barriers, )?}}4096 B shared, 0 B stack
// OVER:      error: kernel 'shared': expected at most 232448 B of shared memory per block, got 232449 B
// AMPERE:    error: kernel 'shared': expected at most 101376 B of shared memory per block, got 102400 B
// REGISTERS: error: kernel 'shared': expected at most 4 registers per thread, got
llvm.mlir.global internal @buffer() {addr_space = 3 : i32} : !llvm.array<1024 x i32>
llvm.func @shared(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
  %buffer = llvm.mlir.addressof @buffer : !llvm.ptr<3>
  %thread = nvvm.read.ptx.sreg.tid.x : i32
  %slot = llvm.getelementptr %buffer[%thread] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
  llvm.store volatile %thread, %slot : i32, !llvm.ptr<3>
  nvvm.barrier0
  %value = llvm.load volatile %buffer : !llvm.ptr<3> -> i32
  llvm.store %value, %x : i32, !llvm.ptr<1>
  llvm.return
}

//--- static.mlir
// ptxas itself refuses this one.
// STATIC: error: expected ptxas {{.*}} to accept the PTX, got:
// STATIC: Entry function 'static' uses too much shared data (0x40000 bytes, 0x{{[0-9a-f]+}} max)
llvm.mlir.global internal @buffer() {addr_space = 3 : i32} : !llvm.array<65536 x i32>
llvm.func @static(%x: !llvm.ptr<1>, %i: i32) attributes {nvvm.kernel} {
  %buffer = llvm.mlir.addressof @buffer : !llvm.ptr<3>
  %slot = llvm.getelementptr %buffer[%i] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
  llvm.store volatile %i, %slot : i32, !llvm.ptr<3>
  llvm.return
}
