// RUN: fovea-opt %s --simt-inject-delays -split-input-file -verify-diagnostics

gpu.module @delayed {
  // expected-error @+1 {{'llvm.mlir.global' op expected a module without delays, got its seed, @fovea_delay_seed}}
  llvm.mlir.global external @fovea_delay_seed(0 : i32) {addr_space = 1 : i32} : i32
  llvm.func @kernel(%b: !llvm.ptr<3>, %p: i32) {
    simt.barrier_wait %b parity %p : !llvm.ptr<3>
    llvm.return
  }
}
