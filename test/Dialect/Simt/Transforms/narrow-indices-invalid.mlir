// RUN: fovea-opt %s --simt-narrow-indices --verify-diagnostics

gpu.module @kernels {
  llvm.func @unknown(%count: i32) {
    %index = arith.index_cast %count : i32 to index
    // expected-error @+1 {{expected operations on indices to be those of arith and scf that simt-narrow-indices knows, got another}}
    %bits = arith.xori %index, %index : index
    llvm.return
  }
}
