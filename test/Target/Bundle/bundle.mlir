// The file: cubins by content, at their offsets, and the same bytes each time.
// REQUIRES: cuda-toolkit
// RUN: fovea-ptx %s --emit=bundle -o %t.bundle
// RUN: fovea-ptx %s --emit=bundle -o %t.again
// RUN: cmp %t.bundle %t.again
// RUN: %python %S/Inputs/print-bundle.py %t.bundle | FileCheck %s
// RUN: fovea-ptx %s --emit=bundle --target=sm_80 -o %t.sm_80
// RUN: %python %S/Inputs/print-bundle.py %t.sm_80 | FileCheck %s --check-prefix=AMPERE

// Kernels of one code share a cubin, under the first one's symbol; how they are launched
// is their own.
// CHECK:      bundle {{.*}}"target": "sm_90a"
// CHECK-NEXT: cubin 0 {"sha256": "{{[0-9a-f]+}}", "offset": 0, "bytes": [[#FIRST:]]}
// CHECK-NEXT: cubin 1
// CHECK-NEXT: kernel 0 {"name": "one", "symbol": "one", "cubin": 0, "threads": 32, "shared_bytes": 0, "registers": {{[1-9]}}
// CHECK:      kernel 1 {"name": "same", "symbol": "one", "cubin": 0, "threads": 64, "shared_bytes": 1024, "registers": {{[1-9]}}
// CHECK:      kernel 2 {"name": "other", "symbol": "other", "cubin": 1,

// A target of no one architecture: PTX beside each cubin.
// AMPERE:      bundle {{.*}}"target": "sm_80"
// AMPERE-NEXT: cubin 0 {{.*}}"ptx": {"sha256": "{{[0-9a-f]+}}", "offset": {{[1-9][0-9]*}}, "bytes": {{[1-9][0-9]*}}}}
// AMPERE-NEXT: cubin 1 {{.*}}"ptx": {
gpu.module @one attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.pointer<argument = 0>]>} {
  llvm.func @one(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %value = llvm.mlir.constant(1 : i32) : i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
gpu.module @same attributes {tile.kernel_abi = #tile.kernel_abi<threads = 64, shared_bytes = 1024, params = [#tile.pointer<argument = 0>]>} {
  llvm.func @same(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %value = llvm.mlir.constant(1 : i32) : i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
gpu.module @other attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.pointer<argument = 0>]>} {
  llvm.func @other(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %value = llvm.mlir.constant(2 : i32) : i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
