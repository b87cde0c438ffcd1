// The kernel that checks cu_seqlens: of one code, whatever the entry, and clean.
// REQUIRES: cuda-toolkit
// RUN: fovea-ptx %s --emit=bundle -o %t.bundle
// RUN: %python %S/Inputs/print-bundle.py %t.bundle | FileCheck %s
// RUN: fovea-ptx %s --emit=bundle --target=sm_80 -o %t.sm_80
// RUN: %python %S/Inputs/print-bundle.py %t.sm_80 | FileCheck %s

// CHECK:      kernel 0 {"name": "fovea_check_sequences", "symbol": "fovea_check_sequences", "cubin": 0, "threads": 1024, "shared_bytes": 0, "registers": {{[1-9]}}
// CHECK-NOT:  kernel 1
// CHECK:      entry 0
// CHECK:      value 0 ["dim", 0, 0]
// CHECK-NEXT: check 0 {"kernel": 0, "grid": [1, 1], "arguments": [{"argument": 1}, {"value": 0}, {"report": 0}]}
// CHECK:      entry 1
// CHECK:      check 0 {"kernel": 0,
func.func @first(%x: memref<?x8xf32> {tile.name = "x", tile.rows = "tokens"}, %cu: memref<?xi32> {tile.name = "cu_seqlens", tile.rows = "sequence_ends"}) -> i32 attributes {tile.entry} {
  %c0 = arith.constant 0 : index
  %tokens = memref.dim %x, %c0 : memref<?x8xf32>
  %status = tile.check_sequences %cu, %tokens : memref<?xi32>
  return %status : i32
}
func.func @second(%x: memref<?x8xf32> {tile.name = "x", tile.rows = "tokens"}, %cu: memref<?xi32> {tile.name = "cu_seqlens", tile.rows = "sequence_ends"}) -> i32 attributes {tile.entry} {
  %c0 = arith.constant 0 : index
  %tokens = memref.dim %x, %c0 : memref<?x8xf32>
  %status = tile.check_sequences %cu, %tokens : memref<?xi32>
  return %status : i32
}
