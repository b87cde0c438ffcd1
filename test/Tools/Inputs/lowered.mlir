// An entry of two kernels that are at the nvvm level already.
func.func @entry(%x: memref<?xf32> {tile.name = "x", tile.output, tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %n = arith.constant 4 : index
  tile.launch @first grid(%n) (%x) : memref<?xf32>
  tile.launch @second grid(%n) (%x) : memref<?xf32>
  return %status : i32
}
gpu.module @first attributes {fovea.kernel = {threads = 128 : i64, shared_bytes = 65536 : i64, params = [{kind = "pointer", argument = 0 : i64}]}} {
  llvm.func @first(%x: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128>} {
    %value = llvm.mlir.constant(1 : i32) : i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
gpu.module @second attributes {fovea.kernel = {threads = 1024 : i64, shared_bytes = 0 : i64, params = [{kind = "pointer", argument = 0 : i64}]}} {
  llvm.func @second(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %value = llvm.mlir.constant(2 : i32) : i32
    llvm.store %value, %x : i32, !llvm.ptr<1>
    llvm.return
  }
}
