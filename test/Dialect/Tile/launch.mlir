// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: gpu.module @lowered
// CHECK-SAME: tile.kernel_abi = #tile.kernel_abi<threads = 512, shared_bytes = 1024, params = [
// CHECK-SAME: #tile.pointer<argument = 0>, #tile.size<argument = 0, axis = 1>,
// CHECK-SAME: #tile.scalar<argument = 1, type = i32>, #tile.scalar<argument = 1, type = i64>,
// CHECK-SAME: #tile.programs<axis = 1>, #tile.tensor_map<argument = 0, box = [64, 16], swizzle = 128>]>
gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 512, shared_bytes = 1024, params = [
    #tile.pointer<argument = 0>, #tile.size<argument = 0, axis = 1>, #tile.scalar<argument = 1, type = i32>,
    #tile.scalar<argument = 1, type = i64>, #tile.programs<axis = 1>,
    #tile.tensor_map<argument = 0, box = [64, 16], swizzle = 128>]>} {
}

// An index is what an i64 or an i32 can be made of.
// CHECK-LABEL: @launches
// CHECK: tile.launch @lowered grid(%{{.+}}) (%{{.+}}, %{{.+}}) : memref<?x?xf32>, index
func.func @launches(%x: memref<?x?xf32>, %n: index) {
  tile.launch @lowered grid(%n) (%x, %n) : memref<?x?xf32>, index
  return
}

// CHECK-LABEL: @what_a_kernel_says
// CHECK-SAME: tile.candidate = #tile.candidate<key = "a \22b\22.0", left = 2, shape = "head dim 64">
// CHECK-SAME: tile.heads = 12 : i64
// CHECK-SAME: tile.work = #tile.work<flops = 4, exps = 3, bytes = 2, key_bytes = 1>
tile.kernel @what_a_kernel_says() attributes {
    tile.candidate = #tile.candidate<key = "a \"b\".0", left = 2, shape = "head dim 64">, tile.heads = 12 : i64,
    tile.work = #tile.work<flops = 4, exps = 3, bytes = 2, key_bytes = 1>} {
  tile.return
}

// CHECK-LABEL: @entry(
// CHECK-SAME: {tile.name = "x", tile.output, tile.rows = "tokens"}
// CHECK-SAME: attributes {tile.entry}
func.func private @entry(memref<?xf32> {tile.name = "x", tile.output, tile.rows = "tokens"}) attributes {tile.entry}
