// What a bundle says of kernels and of the program that launches them, without cubins.
// RUN: fovea-ptx %s --emit=manifest --no-cubins -o %t.json
// RUN: %python %S/Inputs/print-bundle.py %t.json | FileCheck %s

// CHECK:      bundle {"format": 2, "producer": "fovea {{[0-9.]+}}", "target": "sm_90a"}

// Every kind of parameter, in order.
// CHECK:      kernel 0 {"name": "attend", "symbol": "attend", "cubin": 0, "threads": 512, "shared_bytes": 203008, "registers": 0}
// CHECK-NEXT: param 0 {"kind": "pointer", "argument": 0}
// CHECK-NEXT: param 1 {"kind": "size", "argument": 0, "axis": 0}
// CHECK-NEXT: param 2 {"kind": "scalar", "argument": 2, "type": "i64"}
// CHECK-NEXT: param 3 {"kind": "programs", "axis": 1}
// CHECK-NEXT: param 4 {"kind": "tensor_map", "argument": 1, "box": [64, 16, 4], "swizzle": 128}
// CHECK-NEXT: kernel 1 {"name": "read",
// CHECK-NEXT: param 0 {"kind": "pointer", "argument": 0, "read_only": true}

// The kernel of checks, behind those of the spec.
// CHECK-NEXT: kernel 2 {"name": "fovea_check_sequences", "symbol": "fovea_check_sequences", "cubin": 0, "threads": 1024, "shared_bytes": 0, "registers": 0}
// CHECK-NEXT: param 0 {"kind": "pointer", "argument": 0}
// CHECK-NEXT: param 1 {"kind": "size", "argument": 0, "axis": 0}
// CHECK-NEXT: param 2 {"kind": "scalar", "argument": 1, "type": "i64"}
// CHECK-NEXT: param 3 {"kind": "pointer", "argument": 2}
gpu.module @attend attributes {tile.kernel_abi = #tile.kernel_abi<threads = 512, shared_bytes = 203008, params = [
    #tile.pointer<argument = 0>, #tile.size<argument = 0, axis = 0>,
    #tile.scalar<argument = 2, type = i64>, #tile.programs<axis = 1>,
    #tile.tensor_map<argument = 1, box = [64, 16, 4], swizzle = 128>]>} {
  llvm.func @attend(%q: !llvm.ptr<1>, %tokens: i64, %count: i64, %heads: i32,
                    %map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>, llvm.align = 64 : i64}) attributes {nvvm.kernel} {
    llvm.return
  }
}
gpu.module @read attributes {tile.kernel_abi = #tile.kernel_abi<threads = 32, shared_bytes = 0, params = [#tile.pointer<argument = 0, read_only = true>]>} {
  llvm.func @read(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    llvm.return
  }
}

// The caller's arrays.
// CHECK-NEXT: entry 0 {"name": "forward", "most_tokens": 1000}
// CHECK-NEXT: argument 0 {"name": "q", "type": "bf16", "rows": "tokens", "shape": [-1, 16, 128], "output": false}
// CHECK-NEXT: argument 1 {"name": "cu_seqlens", "type": "i32", "rows": "sequence_ends", "shape": [-1], "output": false}
// CHECK-NEXT: argument 2 {"name": "sink", "type": "f32", "rows": "static", "shape": [16], "output": false}
// CHECK-NEXT: argument 3 {"name": "o", "type": "bf16", "rows": "tokens", "shape": [-1, 16, 128], "output": true}

// Values are numbered once, in the order in which checks, sizes and launches ask for them.
// The status asks for none; a workspace has the sizes that it was made with.
// CHECK-NEXT: value 0 ["dim", 0, 0]
// CHECK-NEXT: value 1 ["const", 1]
// CHECK-NEXT: value 2 ["subi", 0, 1]
// CHECK-NEXT: value 3 ["const", 16]
// CHECK-NEXT: value 4 ["divui", 0, 3]
// CHECK-NEXT: value 5 ["addi", 4, 0]
// CHECK-NEXT: workspace 0 {"type": "bf16", "shape": [{"value": 4}, 1, 128], "first": 0, "last": 1}
// CHECK-NEXT: workspace 1 {"type": "f32", "shape": [8], "first": 2, "last": 2}
// CHECK-NEXT: launch 0 {"kernel": 1, "grid": [{"value": 5}], "arguments": [{"workspace": 0}]}
// CHECK-NEXT: launch 1 {"kernel": 0, "grid": [{"value": 4}, 4], "arguments": [{"argument": 3}, {"workspace": 0}, {"value": 0}]}
// CHECK-NEXT: launch 2 {"kernel": 1, "grid": [4], "arguments": [{"workspace": 1}]}

// What a caller may ask about cu_seqlens, once for the same offsets and tokens.
// CHECK-NEXT: check 0 {"kernel": 2, "grid": [1, 1], "arguments": [{"argument": 1}, {"value": 2}, {"report": 0}]}
// CHECK-NEXT: check 1 {"kernel": 2, "grid": [1, 1], "arguments": [{"argument": 1}, {"value": 0}, {"report": 1}]}
func.func @forward(%q: memref<?x16x128xbf16> {tile.name = "q", tile.rows = "tokens"}, %cu: memref<?xi32> {tile.name = "cu_seqlens", tile.rows = "sequence_ends"},
                   %sink: memref<16xf32> {tile.name = "sink"},
                   %o: memref<?x16x128xbf16> {tile.name = "o", tile.output, tile.rows = "tokens"}) -> i32 attributes {tile.entry, tile.most_tokens = 1000} {
  %c0 = arith.constant 0 : index
  %good = arith.constant 0 : i32
  %tokens = memref.dim %q, %c0 : memref<?x16x128xbf16>
  %c1 = arith.constant 1 : index
  %unused = arith.subi %tokens, %c1 : index
  %status0 = tile.check_sequences %cu, %unused : memref<?xi32>
  %status1 = tile.check_sequences %cu, %unused : memref<?xi32>
  %status2 = tile.check_sequences %cu, %tokens : memref<?xi32>
  %both = arith.ori %status0, %status1 : i32
  %status = arith.ori %both, %status2 : i32
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

// Every word of `values`; a size that the type knows is a constant; no sequences and so
// no guard, two entries.
// CHECK-NEXT: entry 1 {"name": "arithmetic"}
// CHECK-NEXT: argument 0 {"name": "o", "type": "f32", "rows": "tokens / 4", "shape": [-1, 64], "output": true}
// CHECK-NEXT: value 0 ["dim", 0, 0]
// CHECK-NEXT: value 1 ["const", 64]
// CHECK-NEXT: value 2 ["subi", 0, 1]
// CHECK-NEXT: value 3 ["muli", 2, 1]
// CHECK-NEXT: value 4 ["minsi", 3, 0]
// CHECK-NEXT: value 5 ["maxsi", 4, 1]
// CHECK-NEXT: launch 0 {"kernel": 1, "grid": [{"value": 5}], "arguments": [{"argument": 0}]}
// CHECK-NOT:  {{.}}
func.func @arithmetic(%o: memref<?x64xf32> {tile.name = "o", tile.output, tile.rows = "tokens / 4"}) -> i32 attributes {tile.entry} {
  %status = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %o, %c0 : memref<?x64xf32>
  %columns = memref.dim %o, %c1 : memref<?x64xf32>
  %0 = arith.subi %rows, %columns : index
  %1 = arith.muli %0, %columns : index
  %2 = arith.minsi %1, %rows : index
  %3 = arith.maxsi %2, %columns : index
  tile.launch @read grid(%3) (%o) : memref<?x64xf32>
  return %status : i32
}
