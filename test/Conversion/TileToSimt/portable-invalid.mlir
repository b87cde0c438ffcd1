// RUN: split-file %s %t
// RUN: fovea-opt %t/copies.mlir --convert-tile-to-simt=target=sm_80 -split-input-file -verify-diagnostics
// RUN: not fovea-opt %t/target.mlir --convert-tile-to-simt=target=sm_75 2>&1 | FileCheck %s

// CHECK: error: expected a GPU target that Fovea knows (sm_80, sm_90a), got 'sm_75'

//--- target.mlir
module {}

//--- copies.mlir
!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
tile.kernel @rows_of_half_units(%x: memref<?x68xbf16>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<2 x !half>
  tile.specialize producer {
    // expected-error @+1 {{'tile.put' op expected columns from a constant first one of rows of whole 16 bytes, for lanes to copy}}
    tile.put %ring at %n, %x[%c0, %c0] sizes [64, 64] : !tile.ring<2 x !half>, memref<?x68xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !half>
    tile.release %ring at %n : !tile.ring<2 x !half>
  }
  tile.return
}

// -----

!few = tensor<8x16xbf16, #tile.shared<swizzle = 32>>
tile.kernel @few_rows(%x: memref<?x16xbf16>) {
  %n = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<2 x !few>
  tile.specialize producer {
    // expected-error @+1 {{'tile.put' op expected 16 to divide the rows, got 8}}
    tile.put %ring at %n, %x[%c0, %c0] sizes [8, 16] : !tile.ring<2 x !few>, memref<?x16xbf16>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x !few>
    tile.release %ring at %n : !tile.ring<2 x !few>
  }
  tile.return
}
