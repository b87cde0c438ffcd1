// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: gpu.module @lowered
// CHECK-SAME: tile.kernel_abi = #tile.kernel_abi<threads = 512, shared_bytes = 1024, params = [
// CHECK-SAME: #tile.pointer<argument = 0>, #tile.size<argument = 0, axis = 0>,
// CHECK-SAME: #tile.scalar<argument = 3, type = i64>, #tile.scalar<argument = 3, type = i32>,
// CHECK-SAME: #tile.programs<axis = 0>, #tile.tensor_map<argument = 0, box = [64, 16, 12], swizzle = 128>]>
gpu.module @lowered attributes {tile.kernel_abi = #tile.kernel_abi<threads = 512, shared_bytes = 1024, params = [
    #tile.pointer<argument = 0>, #tile.size<argument = 0, axis = 0>, #tile.scalar<argument = 3, type = i64>,
    #tile.scalar<argument = 3, type = i32>, #tile.programs<axis = 0>,
    #tile.tensor_map<argument = 0, box = [64, 16, 12], swizzle = 128>]>} {
}

// An index is what an i64 or an i32 can be made of.
// CHECK-LABEL: @launches
// CHECK: tile.launch @lowered grid(%{{.+}}) (%{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}) : memref<?x64x128xbf16>, f32, f32, index
func.func @launches(%x: memref<?x64x128xbf16>, %f: f32, %n: index) {
  tile.launch @lowered grid(%n) (%x, %f, %f, %n) : memref<?x64x128xbf16>, f32, f32, index
  return
}

// CHECK-LABEL: gpu.module @example
// CHECK-SAME: #tile.kernel_abi<threads = 512, shared_bytes = 203008, params = [#tile.pointer<argument = 0, read_only = true>, #tile.programs<axis = 0>]>
gpu.module @example attributes {tile.kernel_abi =
    #tile.kernel_abi<threads = 512, shared_bytes = 203008,
                     params = [#tile.pointer<argument = 0, read_only = true>, #tile.programs<axis = 0>]>} {
}

// CHECK-LABEL: @what_a_kernel_says
// CHECK-SAME: tile.candidate = #tile.candidate<key = "nsa_forward.2", shape = "head dim 128">
// CHECK-SAME: tile.heads = 12 : i64
// CHECK-SAME: tile.work = #tile.work<flops = 5171200, exps = 20200, bytes = 128000, key_bytes = 80800>
tile.kernel @what_a_kernel_says() attributes {
    tile.candidate = #tile.candidate<key = "nsa_forward.2", shape = "head dim 128">, tile.heads = 12 : i64,
    tile.work = #tile.work<flops = 5171200, exps = 20200, bytes = 128000, key_bytes = 80800>} {
  tile.return
}

// CHECK-LABEL: @what_an_operation_may_have
// CHECK-SAME: #tile.candidates<key = "nsa_forward.2", shape = "head dim 128", schedules = [<tokens = 8, keys = 128, gpu = <stages = 2>>, <tokens = 8, keys = 64, gpu = <stages = 4>>]>
func.func private @what_an_operation_may_have() attributes {tile.candidates =
    #tile.candidates<key = "nsa_forward.2", shape = "head dim 128", schedules = [
      <tokens = 8, keys = 128, gpu = <stages = 2>>,
      <tokens = 8, keys = 64, gpu = <stages = 4>>]>
}

// What stands in quotes may have some in it.
// CHECK-LABEL: @quoted
// CHECK-SAME: #tile.candidate<key = "a \22b\22.0", shape = "">
func.func private @quoted() attributes {tile.candidate = #tile.candidate<key = "a \"b\".0", shape = "">}

// CHECK-LABEL: @entry(
// CHECK-SAME: {tile.name = "x", tile.output, tile.rows = "tokens"}
// CHECK-SAME: attributes {tile.entry}
func.func private @entry(memref<?xf32> {tile.name = "x", tile.output, tile.rows = "tokens"}) attributes {tile.entry}
