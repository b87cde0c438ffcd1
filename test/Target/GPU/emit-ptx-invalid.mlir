// What a target lacks is a diagnostic at the function, where LLVM would abort.
// RUN: split-file %s %t
// RUN: not fovea-ptx %t/wgmma.mlir --target=sm_80 2>&1 | FileCheck %s --check-prefix=WGMMA
// RUN: not fovea-ptx %t/tensor-copy.mlir --target=sm_80 2>&1 | FileCheck %s --check-prefix=COPY
// RUN: not fovea-ptx %t/expect-tx.mlir --target=sm_80 2>&1 | FileCheck %s --check-prefix=EXPECT
// RUN: fovea-ptx %t/arrive.mlir --target=sm_80 | FileCheck %s --check-prefix=ARRIVE
// RUN: not fovea-ptx %t/tcgen05.mlir 2>&1 | FileCheck %s --check-prefix=TCGEN05
// RUN: not fovea-ptx %t/wgmma.mlir --target=sm_75 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: error: expected a GPU target that Fovea knows (sm_80, sm_90a), got 'sm_75'

//--- wgmma.mlir
// WGMMA: wgmma.mlir:2:1: error: expected a target sm_90a for a call of llvm.nvvm.wgmma.fence.sync.aligned, got sm_80
llvm.func @wgmma() attributes {nvvm.kernel} {
  nvvm.wgmma.fence.aligned
  llvm.return
}

//--- tensor-copy.mlir
// COPY: error: expected a target sm_90 or later for a call of llvm.nvvm.cp.async.bulk.tensor.g2s.cta.tile.2d, got sm_80
llvm.func @tensor_copy(%to: !llvm.ptr<3>, %map: !llvm.ptr, %barrier: !llvm.ptr<3>, %x: i32) attributes {nvvm.kernel} {
  nvvm.cp.async.bulk.tensor.shared.cluster.global %to, %map, %barrier, box[%x, %x] {isCTAOnly = true} : !llvm.ptr<3>, !llvm.ptr
  llvm.return
}

//--- expect-tx.mlir
// EXPECT: error: expected a target sm_90 or later for a call of llvm.nvvm.mbarrier.arrive.expect.tx{{.*}}, got sm_80
llvm.func @expect_tx(%barrier: !llvm.ptr<3>, %bytes: i32) attributes {nvvm.kernel} {
  nvvm.mbarrier.arrive.expect_tx %barrier, %bytes : !llvm.ptr<3>, i32
  llvm.return
}

//--- arrive.mlir
// A plain arrival is older, and so is one behind the copies of a thread.
// ARRIVE: mbarrier.arrive.shared.b64
// ARRIVE: cp.async.cg.shared.global
// ARRIVE: cp.async.mbarrier.arrive.noinc.shared.b64
llvm.func @arrive(%barrier: !llvm.ptr<3>, %to: !llvm.ptr<3>, %from: !llvm.ptr<1>, %bytes: i32) attributes {nvvm.kernel} {
  %state = nvvm.mbarrier.arrive %barrier : !llvm.ptr<3> -> i64
  nvvm.cp.async.shared.global %to, %from, 16, cache = cg, %bytes : !llvm.ptr<3>, !llvm.ptr<1>, i32
  nvvm.cp.async.mbarrier.arrive %barrier {noinc = true} : !llvm.ptr<3>
  llvm.return
}

//--- tcgen05.mlir
// TCGEN05: error: expected a target sm_100a for a call of llvm.nvvm.tcgen05.relinq{{.*}}, got sm_90a
llvm.func @tcgen05() attributes {nvvm.kernel} {
  nvvm.tcgen05.relinquish_alloc_permit
  llvm.return
}
