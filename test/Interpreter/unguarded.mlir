// What --garbage is there to find: addresses and trip counts that are what cu_seqlens says.
// DEFINE: %{run} = fovea-interpret %s --garbage=16 --lengths=70,0,40,5
// RUN: not %{run} --entry=unguarded | FileCheck %s --check-prefix=BOUNDS
// BOUNDS: bounds: expected a box inside of the view of shape [115, 2, 32], got one at [{{-?[0-9]+}}, 0, 0]
// RUN: not fovea-interpret %s --garbage=1 --input-seed=6 --lengths=70,0,40,5 --entry=endless | FileCheck %s --check-prefix=ENDLESS
// ENDLESS: deadlock: the block runs without an end
// Rows of no sequence that nobody writes.
// RUN: not %{run} --entry=unwritten | FileCheck %s --check-prefix=UNWRITTEN
// UNWRITTEN: numbers: argument 1: 7360 of 7360 elements are not defined

// A row that is what an offset says.
tile.kernel @row_of_offset(%cu: memref<?xi32>, %o: memref<?x2x32xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<1x32xbf16>
  %offset = memref.load %cu[%c0] : memref<?xi32>
  %row = arith.index_cast %offset : i32 to index
  tile.store %zero, %o[%row, %c0, %c0] sizes [1, 1, 32] : tensor<1x32xbf16>, memref<?x2x32xbf16>
  tile.return
}
func.func @unguarded(%cu: memref<?xi32>, %o: memref<?x2x32xbf16> {tile.output}) -> i32 {
  %c1 = arith.constant 1 : index
  %status = arith.constant 0 : i32
  tile.launch @row_of_offset grid(%c1) (%cu, %o) : memref<?xi32>, memref<?x2x32xbf16>
  return %status : i32
}

// As many rounds as an offset says.
tile.kernel @rounds_of_offset(%cu: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %offset = memref.load %cu[%c1] : memref<?xi32>
  %end = arith.index_cast %offset : i32 to index
  %sum = scf.for %i = %c0 to %end step %c1 iter_args(%s = %c0) -> index {
    %next = arith.addi %s, %i : index
    scf.yield %next : index
  }
  tile.return
}
func.func @endless(%cu: memref<?xi32>) -> i32 {
  %c1 = arith.constant 1 : index
  %status = arith.constant 0 : i32
  tile.launch @rounds_of_offset grid(%c1) (%cu) : memref<?xi32>
  return %status : i32
}

// It writes nothing.
func.func @unwritten(%cu: memref<?xi32>, %o: memref<?x2x32xbf16> {tile.output}) -> i32 {
  %status = arith.constant 0 : i32
  return %status : i32
}
