// What a target lacks is a diagnostic at the operation, where LLVM would abort.
// RUN: split-file %s %t
// RUN: not fovea-ptx %t/wgmma.mlir --target=sm_80 2>&1 | FileCheck %s --check-prefix=WGMMA
// RUN: not fovea-ptx %t/tensor-copy.mlir --target=sm_80 2>&1 | FileCheck %s --check-prefix=COPY
// RUN: not fovea-ptx %t/intrinsic.mlir --target=sm_80 2>&1 | FileCheck %s --check-prefix=INTRINSIC
// RUN: not fovea-ptx %t/tcgen05.mlir 2>&1 | FileCheck %s --check-prefix=TCGEN05
// RUN: not fovea-ptx %t/wgmma.mlir --target=sm_75 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: error: expected a GPU target that Fovea knows (sm_80, sm_90a), got 'sm_75'

//--- wgmma.mlir
llvm.func @wgmma() attributes {nvvm.kernel} {
  // WGMMA: wgmma.mlir:3:3: error: 'nvvm.wgmma.fence.aligned' op expected a target sm_90a, got sm_80
  nvvm.wgmma.fence.aligned
  llvm.return
}

//--- tensor-copy.mlir
llvm.func @tensor_copy(%to: !llvm.ptr<3>, %map: !llvm.ptr, %barrier: !llvm.ptr<3>, %x: i32) attributes {nvvm.kernel} {
  // COPY: error: 'nvvm.cp.async.bulk.tensor.shared.cluster.global' op expected a target sm_90 or later, got sm_80
  nvvm.cp.async.bulk.tensor.shared.cluster.global %to, %map, %barrier, box[%x, %x] {isCTAOnly = true} : !llvm.ptr<3>, !llvm.ptr
  llvm.return
}

//--- intrinsic.mlir
llvm.func @intrinsic() attributes {nvvm.kernel} {
  // INTRINSIC: error: 'llvm.call_intrinsic' op expected a target sm_90a, got sm_80
  llvm.call_intrinsic "llvm.nvvm.wgmma.fence.sync.aligned"() : () -> ()
  llvm.return
}

//--- tcgen05.mlir
llvm.func @tcgen05() attributes {nvvm.kernel} {
  // TCGEN05: error: 'nvvm.tcgen05.relinquish_alloc_permit' op expected a target sm_100a, got sm_90a
  nvvm.tcgen05.relinquish_alloc_permit
  llvm.return
}
