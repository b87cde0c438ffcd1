// What a bundle says of kernels and of the program that launches them, without a cubin.
// RUN: fovea-ptx %s --emit=manifest --no-cubins | FileCheck %s
// RUN: fovea-ptx %s --emit=manifest --no-cubins | %python -m json.tool > /dev/null

// CHECK:      "format": 1,
// CHECK-NEXT: "producer": "fovea {{[0-9.]+}}",
// CHECK-NEXT: "target": "sm_90a",

// Every kind of parameter, in order.
// CHECK:      "kernels": [
// CHECK:      "name": "attend",
// CHECK-NEXT: "symbol": "attend",
// CHECK-NEXT: "cubin": 0,
// CHECK-NEXT: "threads": 512,
// CHECK-NEXT: "shared_bytes": 203008,
// CHECK-NEXT: "registers": 0,
// CHECK-NEXT: "params": [
// CHECK-NEXT: {
// CHECK-NEXT: "kind": "pointer",
// CHECK-NEXT: "argument": 0
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "kind": "size",
// CHECK-NEXT: "argument": 0,
// CHECK-NEXT: "axis": 0
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "kind": "scalar",
// CHECK-NEXT: "argument": 2,
// CHECK-NEXT: "type": "i64"
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "kind": "programs",
// CHECK-NEXT: "axis": 1
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "kind": "tensor_map",
// CHECK-NEXT: "argument": 1,
// CHECK-NEXT: "box": [
// CHECK-NEXT: 64,
// CHECK-NEXT: 16,
// CHECK-NEXT: 4
// CHECK-NEXT: ],
// CHECK-NEXT: "swizzle": 128
// CHECK-NEXT: }
// CHECK:      "name": "read"
gpu.module @attend attributes {fovea.kernel = {threads = 512 : i64, shared_bytes = 203008 : i64, params = [
    {kind = "pointer", argument = 0 : i64}, {kind = "size", argument = 0 : i64, axis = 0 : i64},
    {kind = "scalar", argument = 2 : i64, type = "i64"}, {kind = "programs", axis = 1 : i64},
    {kind = "tensor_map", argument = 1 : i64, box = array<i64: 64, 16, 4>, swizzle = 128 : i64}]}} {
  llvm.func @attend(%q: !llvm.ptr<1>, %tokens: i64, %count: i64, %heads: i32,
                    %map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>, llvm.align = 64 : i64}) attributes {nvvm.kernel} {
    llvm.return
  }
}
gpu.module @read attributes {fovea.kernel = {threads = 32 : i64, shared_bytes = 0 : i64, params = [{kind = "pointer", argument = 0 : i64}]}} {
  llvm.func @read(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    llvm.return
  }
}

// The caller's arrays.
// CHECK:      "entries": [
// CHECK:      "name": "forward",
// CHECK-NEXT: "arguments": [
// CHECK-NEXT: {
// CHECK-NEXT: "name": "q",
// CHECK-NEXT: "type": "bf16",
// CHECK-NEXT: "rows": "tokens",
// CHECK-NEXT: "shape": [
// CHECK-NEXT: -1,
// CHECK-NEXT: 16,
// CHECK-NEXT: 128
// CHECK-NEXT: ],
// CHECK-NEXT: "output": false
// CHECK:      "name": "cu_seqlens",
// CHECK-NEXT: "type": "i32",
// CHECK-NEXT: "rows": "sequence_ends",
// CHECK:      "name": "sink",
// CHECK-NEXT: "type": "f32",
// CHECK-NEXT: "rows": "static",
// CHECK-NEXT: "shape": [
// CHECK-NEXT: 16
// CHECK-NEXT: ],
// CHECK-NEXT: "output": false
// CHECK:      "name": "o",
// CHECK:      "output": true

// Values are numbered once, in the order in which sizes and launches ask for them; the
// status asks for none, and a workspace has the sizes that it was made with.
// CHECK:      "values": [
// CHECK-NEXT: [
// CHECK-NEXT: "dim",
// CHECK-NEXT: 0,
// CHECK-NEXT: 0
// CHECK-NEXT: ],
// CHECK-NEXT: [
// CHECK-NEXT: "const",
// CHECK-NEXT: 16
// CHECK-NEXT: ],
// CHECK-NEXT: [
// CHECK-NEXT: "divui",
// CHECK-NEXT: 0,
// CHECK-NEXT: 1
// CHECK-NEXT: ],
// CHECK-NEXT: [
// CHECK-NEXT: "addi",
// CHECK-NEXT: 2,
// CHECK-NEXT: 0
// CHECK-NEXT: ]
// CHECK-NEXT: ],

// CHECK-NEXT: "workspace": [
// CHECK-NEXT: {
// CHECK-NEXT: "type": "bf16",
// CHECK-NEXT: "shape": [
// CHECK-NEXT: {
// CHECK-NEXT: "value": 2
// CHECK-NEXT: },
// CHECK-NEXT: 1,
// CHECK-NEXT: 128
// CHECK-NEXT: ],
// CHECK-NEXT: "first": 0,
// CHECK-NEXT: "last": 1
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "type": "f32",
// CHECK-NEXT: "shape": [
// CHECK-NEXT: 8
// CHECK-NEXT: ],
// CHECK-NEXT: "first": 2,
// CHECK-NEXT: "last": 2
// CHECK-NEXT: }
// CHECK-NEXT: ],

// CHECK-NEXT: "launches": [
// CHECK-NEXT: {
// CHECK-NEXT: "kernel": 1,
// CHECK-NEXT: "grid": [
// CHECK-NEXT: {
// CHECK-NEXT: "value": 3
// CHECK-NEXT: }
// CHECK-NEXT: ],
// CHECK-NEXT: "arguments": [
// CHECK-NEXT: {
// CHECK-NEXT: "workspace": 0
// CHECK-NEXT: }
// CHECK-NEXT: ]
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "kernel": 0,
// CHECK-NEXT: "grid": [
// CHECK-NEXT: {
// CHECK-NEXT: "value": 2
// CHECK-NEXT: },
// CHECK-NEXT: 4
// CHECK-NEXT: ],
// CHECK-NEXT: "arguments": [
// CHECK-NEXT: {
// CHECK-NEXT: "argument": 3
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "workspace": 0
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "value": 0
// CHECK-NEXT: }
// CHECK-NEXT: ]
// CHECK-NEXT: },
// CHECK:      "kernel": 1,
func.func @forward(%q: memref<?x16x128xbf16> {tile.name = "q"}, %cu: memref<?xi32> {tile.name = "cu_seqlens"},
                   %sink: memref<16xf32> {tile.name = "sink"},
                   %o: memref<?x16x128xbf16> {tile.name = "o", tile.output}) -> i32 attributes {tile.entry} {
  %c0 = arith.constant 0 : index
  %good = arith.constant 0 : i32
  %tokens = memref.dim %q, %c0 : memref<?x16x128xbf16>
  %c1 = arith.constant 1 : index
  %unused = arith.subi %tokens, %c1 : index
  %status = tile.check_sequences %cu, %unused : memref<?xi32>
  %fine = arith.cmpi eq, %status, %good : i32
  scf.if %fine {
    %c16 = arith.constant 16 : index
    %c4 = arith.constant 4 : index
    %rows = arith.divui %tokens, %c16 : index
    %k = memref.alloc(%rows) : memref<?x1x128xbf16>
    %again = memref.dim %k, %c0 : memref<?x1x128xbf16>
    %grid = arith.addi %again, %tokens : index
    tile.launch @read grid(%grid) (%k) : memref<?x1x128xbf16>
    tile.launch @attend grid(%rows, %c4) (%o, %k, %tokens) : memref<?x16x128xbf16>, memref<?x1x128xbf16>, index
    memref.dealloc %k : memref<?x1x128xbf16>
    %rest = memref.alloc() : memref<8xf32>
    tile.launch @read grid(%c4) (%rest) : memref<8xf32>
    memref.dealloc %rest : memref<8xf32>
  }
  return %status : i32
}
