// ptxas serializes wgmma that it cannot prove safe to overlap. The kernels are alike but
// for what they do between issue and wait. What any ptxas of CUDA 12.0 to 13.5 says of them
// is checked.
// REQUIRES: cuda-toolkit
// RUN: split-file %s %t
// RUN: fovea-ptx %t/clean.mlir | FileCheck %s --check-prefix=PTX
// RUN: fovea-ptx %t/clean.mlir --emit=report | FileCheck %s --check-prefix=CLEAN
// RUN: fovea-ptx %t/no-fence.mlir --emit=report | FileCheck %s --check-prefix=NOTICE
// RUN: %python %S/Inputs/lint-agrees.py fovea-ptx %t/divergent.mlir --emit=report
// RUN: not fovea-ptx %t/read-in-flight.mlir --emit=report 2>&1 | FileCheck %s --check-prefix=READ
// RUN: not fovea-ptx %t/early-operand.mlir --emit=cubin -o %t/cubin 2>&1 | FileCheck %s --check-prefix=EARLY
// RUN: not fovea-ptx %t/call.mlir --emit=report 2>&1 | FileCheck %s --check-prefix=CALL
// RUN: not fovea-ptx %t/setmaxnreg.mlir --emit=report 2>&1 | FileCheck %s --check-prefix=SETMAXNREG

//--- clean.mlir
// PTX:       .entry clean(
// PTX:       wgmma.fence.sync.aligned
// PTX:       wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16
// PTX:       wgmma.commit_group.sync.aligned
// PTX:       wgmma.wait_group.sync.aligned 0
// CLEAN:     kernel clean: {{.*}} 0 B spill stores, 0 B spill loads
// CLEAN-NOT: advisory
!acc = !llvm.struct<(f32, f32, f32, f32)>
llvm.func @clean(%a: i64, %b: i64, %to: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
  %zero = llvm.mlir.zero : !acc
  nvvm.wgmma.fence.aligned
  %sum = nvvm.wgmma.mma_async %a, %b, %zero, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
  nvvm.wgmma.commit.group.sync.aligned
  nvvm.wgmma.wait.group.sync.aligned 0
  llvm.store %sum, %to : !acc, !llvm.ptr<1>
  llvm.return
}

//--- no-fence.mlir
// ptxas puts the fence in, and that of CUDA 12.5 to 13.0 says so: no failure.
// NOTICE: kernel no_fence
// NOTICE-NOT: serialized
!acc = !llvm.struct<(f32, f32, f32, f32)>
llvm.func @no_fence(%a: i64, %b: i64, %to: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
  %zero = llvm.mlir.zero : !acc
  %sum = nvvm.wgmma.mma_async %a, %b, %zero, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
  nvvm.wgmma.commit.group.sync.aligned
  nvvm.wgmma.wait.group.sync.aligned 0
  llvm.store %sum, %to : !acc, !llvm.ptr<1>
  llvm.return
}

//--- read-in-flight.mlir
// An accumulator is read before the wait: ptxas puts one in (C7517, from CUDA 12.5 on), and
// in a loop it also serializes (but for 12.5).
// READ: error: kernel 'read_in_flight': expected no {{C7517, got: w.* is injected|C7514, got: .* serialized .* reading accumulator registers}}
!acc = !llvm.struct<(f32, f32, f32, f32)>
llvm.func @read_in_flight(%a: i64, %b: i64, %count: i32, %to: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
  %first = arith.constant 0 : i32
  %step = arith.constant 1 : i32
  %zero = llvm.mlir.zero : !acc
  %sum = scf.for %i = %first to %count step %step iter_args(%partial = %zero) -> (!acc) : i32 {
    nvvm.wgmma.fence.aligned
    %next = nvvm.wgmma.mma_async %a, %b, %partial, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %element = llvm.extractvalue %next[0] : !acc
    llvm.store volatile %element, %to : f32, !llvm.ptr<1>
    nvvm.wgmma.wait.group.sync.aligned 0
    scf.yield %next : !acc
  }
  llvm.store %sum, %to : !acc, !llvm.ptr<1>
  llvm.return
}

//--- early-operand.mlir
// The next register operand A is produced while the last one is still being read.
// EARLY: error: kernel 'early_operand': expected no C7513, got: {{.*}} serialized {{.*}} defining input registers
!acc = !llvm.struct<(f32, f32, f32, f32)>
llvm.func @early_operand(%b: i64, %count: i32, %from: !llvm.ptr<1>, %to: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
  %first = arith.constant 0 : i32
  %step = arith.constant 1 : i32
  %zero = llvm.mlir.constant(0.0 : f32) : f32
  %initial = llvm.load volatile %from : !llvm.ptr<1> -> i32
  %result:5 = scf.for %i = %first to %count step %step
      iter_args(%c0 = %zero, %c1 = %zero, %c2 = %zero, %c3 = %zero, %a = %initial) -> (f32, f32, f32, f32, i32) : i32 {
    nvvm.wgmma.fence.aligned
    %sum = llvm.inline_asm has_side_effects asm_dialect = att "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {$0,$1,$2,$3}, {$8,$8,$8,$8}, $9, 1, 1, 1, 0;", "=f,=f,=f,=f,0,1,2,3,r,l" %c0, %c1, %c2, %c3, %a, %b : (f32, f32, f32, f32, i32, i64) -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    %loaded = llvm.load volatile %from : !llvm.ptr<1> -> i32
    %next = llvm.mul %loaded, %loaded : i32
    nvvm.wgmma.wait.group.sync.aligned 0
    %d0 = llvm.extractvalue %sum[0] : !acc
    %d1 = llvm.extractvalue %sum[1] : !acc
    %d2 = llvm.extractvalue %sum[2] : !acc
    %d3 = llvm.extractvalue %sum[3] : !acc
    scf.yield %d0, %d1, %d2, %d3, %next : f32, f32, f32, f32, i32
  }
  llvm.store volatile %result#0, %to : f32, !llvm.ptr<1>
  llvm.return
}

//--- call.mlir
// CALL: error: kernel 'call': expected no C7510, got: {{.*}} serialized {{.*}} function call
!acc = !llvm.struct<(f32, f32, f32, f32)>
llvm.func @call(%a: i64, %b: i64, %callee: !llvm.ptr, %to: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
  %zero = llvm.mlir.zero : !acc
  nvvm.wgmma.fence.aligned
  %sum = nvvm.wgmma.mma_async %a, %b, %zero, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
  nvvm.wgmma.commit.group.sync.aligned
  llvm.call %callee() : !llvm.ptr, () -> ()
  nvvm.wgmma.wait.group.sync.aligned 0
  llvm.store %sum, %to : !acc, !llvm.ptr<1>
  llvm.return
}

//--- divergent.mlir
// A product in a branch whose flag is each thread's own: CUDA 12.0 to 12.3 call it C7515,
// 12.5 to 13.0 C7520, 13.1 and later C7519, and all of them serialize it; 12.4 does not, and
// says nothing. The kernel is valid where all flags are alike.
!acc = !llvm.struct<(f32, f32, f32, f32)>
llvm.func @branch(%a: i64, %b: i64, %count: i32, %flags: !llvm.ptr<1>, %to: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>} {
  %first = arith.constant 0 : i32
  %step = arith.constant 1 : i32
  %zero = llvm.mlir.zero : !acc
  %tid = nvvm.read.ptx.sreg.tid.x : i32
  %mine = llvm.getelementptr %flags[%tid] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
  nvvm.wgmma.fence.aligned
  %sum = scf.for %i = %first to %count step %step iter_args(%partial = %zero) -> (!acc) : i32 {
    %flag = llvm.load volatile %mine : !llvm.ptr<1> -> i32
    %p = arith.cmpi ne, %flag, %first : i32
    %n = scf.if %p -> (!acc) {
      %next = nvvm.wgmma.mma_async %a, %b, %partial, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !acc -> !acc
      nvvm.wgmma.commit.group.sync.aligned
      scf.yield %next : !acc
    } else {
      scf.yield %partial : !acc
    }
    scf.yield %n : !acc
  }
  nvvm.wgmma.wait.group.sync.aligned 0
  llvm.store %sum, %to : !acc, !llvm.ptr<1>
  llvm.return
}

//--- setmaxnreg.mlir
// A block size alone does not tell the registers at launch. ptxas names no kernel.
// SETMAXNREG: error: expected no C7508, got: {{.*}}'setmaxnreg' ignored
llvm.func @setmaxnreg(%to: !llvm.ptr<1>, %value: f32) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>} {
  nvvm.setmaxregister increase 240
  llvm.store %value, %to : f32, !llvm.ptr<1>
  llvm.return
}
