// A kernel that must not ship is an error at its gpu.module, and no file.
// REQUIRES: cuda-toolkit
// RUN: fovea-ptx %s --emit=bundle --verify-diagnostics
// RUN: not fovea-ptx %s --emit=bundle -o %t.bundle
// RUN: not ls %t.bundle

// 96 values are alive at once, and 1024 threads leave 64 registers for each.
// expected-error-re @+1 {{kernel 'spill': expected no register spills, got {{[1-9][0-9]*}} B}}
gpu.module @spill attributes {tile.kernel_abi = #tile.kernel_abi<threads = 1024, shared_bytes = 0, params = [
    #tile.pointer<argument = 0>, #tile.programs<axis = 0>]>} {
  llvm.func @spill(%x: !llvm.ptr<1>, %offset: i32) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 1024>} {
    %values = llvm.load volatile %x : !llvm.ptr<1> -> vector<96xf32>
    %twice = llvm.fadd %values, %values : vector<96xf32>
    nvvm.barrier0
    %to = llvm.getelementptr %x[%offset] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    llvm.store volatile %twice, %to : vector<96xf32>, !llvm.ptr<1>
    llvm.return
  }
}

// The same without nvvm.reqntid: no spills, and a block that no SM can hold. The cubin
// calls the kernel otherwise.
// expected-error-re @+1 {{kernel 'block': kernel 'many': expected at most 65536 registers per block, got {{[1-9][0-9]*}}}}
gpu.module @block attributes {tile.kernel_abi = #tile.kernel_abi<threads = 1024, shared_bytes = 0, params = [
    #tile.pointer<argument = 0>, #tile.programs<axis = 0>]>} {
  llvm.func @many(%x: !llvm.ptr<1>, %offset: i32) attributes {nvvm.kernel} {
    %values = llvm.load volatile %x : !llvm.ptr<1> -> vector<96xf32>
    %twice = llvm.fadd %values, %values : vector<96xf32>
    nvvm.barrier0
    %to = llvm.getelementptr %x[%offset] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    llvm.store volatile %twice, %to : vector<96xf32>, !llvm.ptr<1>
    llvm.return
  }
}

// ptxas itself refuses this one, and its words are the finding's.
// expected-error-re @+1 {{kernel 'refused': expected ptxas {{.*}} to accept the PTX, got:}}
gpu.module @refused attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [
    #tile.pointer<argument = 0>, #tile.programs<axis = 0>]>} {
  llvm.mlir.global internal @buffer() {addr_space = 3 : i32} : !llvm.array<65536 x i32>
  llvm.func @static(%x: !llvm.ptr<1>, %i: i32) attributes {nvvm.kernel} {
    %buffer = llvm.mlir.addressof @buffer : !llvm.ptr<3>
    %slot = llvm.getelementptr %buffer[%i] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i32
    llvm.store volatile %i, %slot : i32, !llvm.ptr<3>
    %value = llvm.load volatile %buffer : !llvm.ptr<3> -> i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
