// An entry of two kernels that are at the nvvm level already.
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.output, tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %n = arith.constant 4 : index
  tile.launch @first grid(%n) (%x) : memref<?xf32>
  tile.launch @second grid(%n) (%x) : memref<?xf32>
  return %status : i32
}
gpu.module @first attributes {tile.kernel_abi = #tile.kernel_abi<threads = 128, shared_bytes = 65536, params = [#tile.pointer<argument = 0>]>} {
  llvm.func @first(%x: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128>} {
    %value = llvm.mlir.constant(1 : i32) : i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
gpu.module @second attributes {tile.kernel_abi = #tile.kernel_abi<threads = 1024, shared_bytes = 0, params = [#tile.pointer<argument = 0>]>} {
  llvm.func @second(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %value = llvm.mlir.constant(2 : i32) : i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
