// What a host function may not say.
// RUN: fovea-ptx %s --emit=manifest --no-cubins --verify-diagnostics

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+2 {{'scf.for' op expected a launch program that a bundle can say, got another operation}}
  %c0 = arith.constant 0 : index
  scf.for %i = %c0 to %c1 step %c1 {
    tile.launch @k grid(%i) ()
  }
  return %status : i32
}

// -----

func.func @entry(%cu: memref<?xi32> {tile.name = "cu_seqlens", tile.rows = "sequence_ends"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'memref.load' op expected a launch program that a bundle can say, got another operation}}
  %size = memref.load %cu[%c1] : memref<?xi32>
  return %status : i32
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'arith.index_cast' op expected a launch program that a bundle can say, got another operation}}
  %n = arith.index_cast %status : i32 to index
  tile.launch @k grid(%n) ()
  return %status : i32
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  %fine = arith.cmpi ne, %status, %status : i32
  // expected-error @+1 {{'scf.if' op expected a launch program that a bundle can say, got a branch on something else than status 0}}
  scf.if %fine {
    tile.launch @k grid(%c1) ()
  }
  return %status : i32
}

// -----

func.func @entry(%cu: memref<?xi32> {tile.name = "cu_seqlens", tile.rows = "sequence_ends"}) -> i32 attributes {tile.entry} {
  %one = arith.constant 1 : i32
  // expected-error @+1 {{'func.return' op expected a launch program that a bundle can say, got a result that is not a status}}
  return %one : i32
}

// -----

func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'memref.alloc' op expected a launch program that a bundle can say, got an intermediate that does not end}}
  %x = memref.alloc() : memref<4xf32>
  return %status : i32
}

// -----

func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  %x = memref.alloc() : memref<4xf32>
  // expected-error @+1 {{'memref.dealloc' op expected a launch program that a bundle can say, got an intermediate that no launch comes by}}
  memref.dealloc %x : memref<4xf32>
  return %status : i32
}

// -----

func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'memref.dealloc' op expected a launch program that a bundle can say, got the end of an intermediate that does not live}}
  memref.dealloc %x : memref<?xf32>
  return %status : i32
}

// -----

func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'memref.alloc' op expected a launch program that a bundle can say, got an intermediate of type 'memref<4xi64>'}}
  %x = memref.alloc() : memref<4xi64>
  return %status : i32
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  %x = memref.alloc() : memref<4xf32>
  tile.launch @k grid(%c1) (%x) : memref<4xf32>
  memref.dealloc %x : memref<4xf32>
  // expected-error @+1 {{'tile.launch' op expected a launch program that a bundle can say, got an array that is neither an argument nor an intermediate that lives}}
  tile.launch @k grid(%c1) (%x) : memref<4xf32>
  return %status : i32
}

// -----

gpu.module @k attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = []>} {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %axis = memref.dim %x, %c0 : memref<?xf32>
  // expected-error @+1 {{'memref.dim' op expected a launch program that a bundle can say, got a size along an axis that is not known}}
  %rows = memref.dim %x, %axis : memref<?xf32>
  tile.launch @k grid(%rows) ()
  return %status : i32
}

// -----

tile.kernel @k() {
  tile.return
}
func.func @entry() -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{'tile.launch' op expected a lowered kernel, got @k}}
  tile.launch @k grid(%c1) ()
  return %status : i32
}

// -----

// expected-error @+1 {{expected `tile.rows` on argument 0 to be "tokens", "tokens / <number>", "sequence_ends", one of these of keys as "key_tokens", "sequences", "pages", or, of a static number of rows, "static", got none of 'memref<?xf32>'}}
func.func @entry(%x: memref<?xf32> {tile.name = "cu_seqlens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  return %status : i32
}

// -----

// expected-error @+1 {{expected `tile.rows` on argument 0 to be "tokens", "tokens / <number>", "sequence_ends", one of these of keys as "key_tokens", "sequences", "pages", or, of a static number of rows, "static", got "static" of 'memref<?xf32>'}}
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.rows = "static"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  return %status : i32
}
