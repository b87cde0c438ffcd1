// RUN: fovea-opt %s --convert-tile-to-loops=max-stack-bytes=1024 --split-input-file -verify-diagnostics | FileCheck %s

// Workspace that cannot be had is noted, and what is launched behind it asks.
// CHECK-LABEL: func.func @workspace
// CHECK:         %[[STATUS:.+]] = memref.alloca() : memref<i32>
// CHECK:         %[[MEMORY:.+]] = memref.alloc(
// CHECK:         %[[ADDRESS:.+]] = memref.extract_aligned_pointer_as_index %[[MEMORY]]
// CHECK:         %[[THERE:.+]] = arith.cmpi ne, %[[ADDRESS]]
// CHECK:         %[[NOTED:.+]] = arith.select %[[THERE]], %c0_i32{{.*}}, %c5_i32
// CHECK:         memref.atomic_rmw maxs %[[NOTED]], %[[STATUS]][]
// CHECK:         scf.if
// CHECK:           scf.parallel
// CHECK:         memref.dealloc %[[MEMORY]]
// CHECK:         %[[RESULT:.+]] = arith.select
// CHECK:         return %[[RESULT]]
func.func @workspace(%n: index) -> i32 {
  %memory = memref.alloc(%n) : memref<?x32xf32>
  tile.launch @small grid(%n)(%memory) : memref<?x32xf32>
  memref.dealloc %memory : memref<?x32xf32>
  %zero = arith.constant 0 : i32
  return %zero : i32
}

// Two dynamic sizes may be no size together: the product is a floating-point number.
// CHECK-LABEL: func.func @matrix
// CHECK:         arith.mulf
// CHECK:         arith.mulf
// CHECK:         arith.cmpf olt
// CHECK:         memref.alloc(
func.func @matrix(%n: index) -> i32 {
  %memory = memref.alloc(%n, %n) : memref<?x4x?xf32>
  tile.launch @squares grid(%n)(%memory) : memref<?x4x?xf32>
  memref.dealloc %memory : memref<?x4x?xf32>
  %zero = arith.constant 0 : i32
  return %zero : i32
}
tile.kernel @squares(%x: memref<?x4x?xf32>) {
  tile.return
}

tile.kernel @small(%x: memref<?x32xf32>) {
  tile.return
}

// -----

// Scratch beyond the stack's share is allocated per program; without it, none runs. In
// a function, as the body of a parallel loop must stay one block.
// CHECK-LABEL: func.func @scratch
// CHECK:         %[[STATUS:.+]] = memref.alloca() : memref<i32>
// CHECK:         scf.parallel
// CHECK-NEXT:      func.call @large.with_scratch(%{{.+}}, %{{.+}}, %{{.+}}, %[[STATUS]])
// CHECK-NEXT:      scf.reduce
func.func @scratch(%x: memref<?x2x32xf32>, %n: index) -> i32 {
  tile.launch @large grid(%n)(%x) : memref<?x2x32xf32>
  %zero = arith.constant 0 : i32
  return %zero : i32
}

// CHECK-LABEL: func.func private @large
// CHECK-SAME:    %[[SCRATCH:[^ ]+]]: memref<2048xi8>)
// CHECK:         memref.view %[[SCRATCH]]
// CHECK-NOT:     memref.alloca

// CHECK-LABEL: func.func private @large.with_scratch
// CHECK-SAME:    %[[FLAG:[^ ]+]]: memref<i32>)
// CHECK-SAME:    llvm.linkage = #llvm.linkage<internal>
// CHECK:         %[[MEMORY:.+]] = memref.alloc() {alignment = 64 : i64} : memref<2048xi8>
// CHECK:         scf.if
// CHECK:           func.call @large(%{{.+}}, %{{.+}}, %{{.+}}, %[[MEMORY]])
// CHECK:         else
// CHECK:           memref.atomic_rmw maxs %c5_i32{{.*}}, %[[FLAG]][]
// CHECK:         memref.dealloc %[[MEMORY]]
tile.kernel @large(%x: memref<?x2x32xf32> {tile.in_place}) {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0, %c0] sizes [16, 1, 32] : memref<?x2x32xf32> -> tensor<16x32xf32>
  tile.store %a, %x[%c0, %c0, %c0] sizes [16, 1, 32] : tensor<16x32xf32>, memref<?x2x32xf32>
  tile.return
}

// -----

// expected-error @+1 {{expected a function that takes memory to return its status as i32, got '(index) -> ()'}}
func.func @no_status(%n: index) {
  %memory = memref.alloc(%n) : memref<?x32xf32>
  tile.launch @fill grid(%n)(%memory) : memref<?x32xf32>
  memref.dealloc %memory : memref<?x32xf32>
  return
}
tile.kernel @fill(%x: memref<?x32xf32>) {
  tile.return
}

// -----

// What launches nothing is nobody's host function: nothing is checked in it.
// CHECK-LABEL: func.func @no_launch
// CHECK-NEXT:    memref.alloc
// CHECK-NEXT:    memref.dealloc
// CHECK-NEXT:    return
func.func @no_launch(%n: index) {
  %memory = memref.alloc(%n) : memref<?x32xf32>
  memref.dealloc %memory : memref<?x32xf32>
  return
}
