// Kernels that `tile.kernel_abi` does not describe, and launches that a bundle has no words for.
// RUN: fovea-ptx %s --emit=manifest --no-cubins --verify-diagnostics

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 2048, shared_bytes = 0, params = []>} {
  // expected-error @+1 {{expected at most 1024 threads per block, got 2048}}
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 512, shared_bytes = 0, params = []>} {
  // expected-error @+1 {{expected `nvvm.reqntid` of the 512 threads in `tile.kernel_abi`, got 256}}
  llvm.func @k() attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 2, 1>} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{expected one function with `nvvm.kernel`, got 0}}
gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
  // expected-error @+1 {{expected as many params in `tile.kernel_abi` as the kernel has, 1, got 0}}
  llvm.func @k(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.size<argument = 0, axis = 0>]>} {
  // expected-error @+1 {{expected param 0 of a type that takes a size, got 'i32'}}
  llvm.func @k(%x: i32) attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.scalar<argument = 0, type = f32>]>} {
  llvm.func @k(%x: f32) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  %half = arith.constant 0.5 : f32
  // expected-error @+1 {{'tile.launch' op expected argument 0, a scalar 'f32' of the kernel, to be an index as an i64 or i32, got 'f32'}}
  tile.launch @k grid(%c1) (%half) : f32
  return %status : i32
}
