// What `fovea.kernel` may not say, and launches that do not fit it.
// RUN: fovea-ptx %s --emit=manifest --no-cubins --verify-diagnostics

// expected-error @+1 {{expected a dictionary `fovea.kernel`, got unit}}
gpu.module @k attributes {fovea.kernel} {
}

// -----

// expected-error @+1 {{in `fovea.kernel`: expected an integer `threads` of at least 1, got 0 : i64}}
gpu.module @k attributes {fovea.kernel = {threads = 0 : i64, shared_bytes = 0 : i64, params = []}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`: expected an integer `shared_bytes` of at least 0, got <<NULL ATTRIBUTE>>}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, params = []}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`: expected an array `params`, got <<NULL ATTRIBUTE>>}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 2048 : i64, shared_bytes = 0 : i64, params = []}} {
  // expected-error @+1 {{expected at most 1024 threads per block, got 2048}}
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 512 : i64, shared_bytes = 0 : i64, params = []}} {
  // expected-error @+1 {{expected `nvvm.reqntid` of the 512 threads in `fovea.kernel`, got 256}}
  llvm.func @k() attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 2, 1>} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`, param 0: expected a dictionary, got 4 : i64}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [4]}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`, param 1: expected `kind` to be one of pointer, size, scalar, programs, tensor_map, got "buffer"}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "programs", axis = 0 : i64}, {kind = "buffer"}]}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`, param 0: expected an integer `argument` of at least 0, got <<NULL ATTRIBUTE>>}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "pointer"}]}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`, param 0: expected `type` to be one of i64, i32, f32, got "f64"}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "scalar", argument = 0 : i64, type = "f64"}]}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`, param 0: expected `box` to be 1 to 5 sizes of 1 to 256, got array<i64: 512>}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "tensor_map", argument = 0 : i64, box = array<i64: 512>, swizzle = 0 : i64}]}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{in `fovea.kernel`, param 0: expected `swizzle` to be 0, 32, 64 or 128, got 16}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "tensor_map", argument = 0 : i64, box = array<i64: 64>, swizzle = 16 : i64}]}} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @+1 {{expected one function with `nvvm.kernel`, got 0}}
gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = []}} {
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = []}} {
  // expected-error @+1 {{expected as many params in `fovea.kernel` as the kernel has, 1, got 0}}
  llvm.func @k(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "size", argument = 0 : i64, axis = 0 : i64}]}} {
  // expected-error @+1 {{expected param 0 of a type that takes a size, got 'i32'}}
  llvm.func @k(%x: i32) attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "pointer", argument = 1 : i64}]}} {
  llvm.func @k(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'tile.launch' op expected the kernel's params to name one of 1 arguments, got argument 1}}
  tile.launch @k grid(%c1) (%x) : memref<?xf32>
  return %status : i32
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "size", argument = 0 : i64, axis = 1 : i64}]}} {
  llvm.func @k(%n: i64) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'tile.launch' op expected argument 0 to have an axis 1, got 'memref<?xf32>'}}
  tile.launch @k grid(%c1) (%x) : memref<?xf32>
  return %status : i32
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "tensor_map", argument = 0 : i64, box = array<i64: 8, 8>, swizzle = 0 : i64}]}} {
  llvm.func @k(%x: !llvm.ptr) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'tile.launch' op expected a tensor map's box of as many sizes as argument 0, 'memref<?xf32>', got 2}}
  tile.launch @k grid(%c1) (%x) : memref<?xf32>
  return %status : i32
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "pointer", argument = 0 : i64}]}} {
  llvm.func @k(%x: !llvm.ptr) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'tile.launch' op expected argument 0, a pointer of the kernel, to be a memref, got 'index'}}
  tile.launch @k grid(%c1) (%c1) : index
  return %status : i32
}

// -----

gpu.module @k attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "scalar", argument = 0 : i64, type = "f32"}]}} {
  llvm.func @k(%x: f32) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'tile.launch' op expected argument 0, a scalar f32 of the kernel, to be an index as an i64 or i32, got 'index'}}
  tile.launch @k grid(%c1) (%c1) : index
  return %status : i32
}
