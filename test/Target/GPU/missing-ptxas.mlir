// Without ptxas there is PTX, and asking for a cubin is one clear error.
// RUN: fovea-ptx %s --ptxas=%t/ptxas | FileCheck %s --check-prefix=PTX
// RUN: not fovea-ptx %s --ptxas=%t/ptxas --emit=cubin -o %t.cubin 2>&1 | FileCheck %s
// RUN: not ls %t.cubin

// PTX: .entry empty(
// CHECK: error: expected ptxas of CUDA 12.0 or later to assemble a cubin, got none in '{{.*}}missing-ptxas{{.*}}': install the CUDA Toolkit 12.0 or later, or give ptxas' path; PTX does not need it
llvm.func @empty() attributes {nvvm.kernel} {
  llvm.return
}
