// RUN: fovea-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-fill-branches))' | FileCheck %s

!s = tensor<64x64xf32, #tile.fragment<warps = 4>>
!m = tensor<64x64xi1, #tile.fragment<warps = 4>>
!t = tensor<4x64xf32, #tile.scratch<warps = 4>>

// Exponentials and the sum over a token's rows in either region; the one with the mask hides
// exponents.
// CHECK-LABEL: tile.kernel @sums
// CHECK:       %[[X:.+]] = arith.mulf
// CHECK-NOT:   math.exp2
// CHECK:       %[[SUM:.+]] = scf.if %arg1 -> (tensor<4x64xf32, #tile.scratch<warps = 4>>) {
// CHECK:         %[[HIDDEN:.+]] = arith.constant dense<0xFF800000>
// CHECK-NEXT:    %[[SHOWN:.+]] = arith.select %{{.+}}, %[[X]], %[[HIDDEN]]
// CHECK-NEXT:    %[[P:.+]] = math.exp2 %[[SHOWN]]
// CHECK-NEXT:    %[[T:.+]] = tile.reduce add %[[P]] axis 0 by 16
// CHECK-NEXT:    scf.yield %[[T]]
// CHECK-NEXT:  } else {
// CHECK-NEXT:    %[[P:.+]] = math.exp2 %[[X]]
// CHECK-NEXT:    %[[T:.+]] = tile.reduce add %[[P]] axis 0 by 16
// CHECK-NEXT:    scf.yield %[[T]]
// CHECK:       tile.store %[[SUM]]
tile.kernel @sums(%x: memref<?x64xf32>, %masked: i1, %y: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !s
  %scale = arith.constant dense<0.5> : !s
  %s = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> !s
  %f = arith.mulf %s, %scale : !s
  %p = math.exp2 %f : !s
  %v = scf.if %masked -> (!s) {
    %visible = arith.cmpf ogt, %s, %zero : !s
    %h = arith.select %visible, %p, %zero : !m, !s
    scf.yield %h : !s
  } else {
    scf.yield %p : !s
  }
  %t = tile.reduce add %v axis 0 by 16 : !s -> !t
  tile.store %t, %y[%c0, %c0] sizes [4, 64] : !t, memref<?x64xf32>
  tile.return
}

// Rows that are no head's are cleared on the way to the sum, in either region.
// CHECK-LABEL: tile.kernel @padded
// CHECK:       scf.if
// CHECK:         %[[P:.+]] = math.exp2
// CHECK-NEXT:    %[[HEADS:.+]] = arith.select %{{.+}}, %[[P]]
// CHECK-NEXT:    tile.reduce add %[[HEADS]]
// CHECK:       } else {
// CHECK-NEXT:    %[[P:.+]] = math.exp2
// CHECK-NEXT:    %[[HEADS:.+]] = arith.select %{{.+}}, %[[P]]
// CHECK-NEXT:    tile.reduce add %[[HEADS]]
tile.kernel @padded(%x: memref<?x64xf32>, %masked: i1, %y: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !s
  %s = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> !s
  %isHead = arith.cmpf olt, %s, %zero : !s
  %p = math.exp2 %s : !s
  %v = scf.if %masked -> (!s) {
    %visible = arith.cmpf ogt, %s, %zero : !s
    %h = arith.select %visible, %p, %zero : !m, !s
    scf.yield %h : !s
  } else {
    scf.yield %p : !s
  }
  %heads = arith.select %isHead, %v, %zero : !m, !s
  %t = tile.reduce add %heads axis 0 by 16 : !s -> !t
  tile.store %t, %y[%c0, %c0] sizes [4, 64] : !t, memref<?x64xf32>
  tile.return
}

// Weights that something else reads, those that no sum reads alone, and those that the mask does
// not make zero stay where they are.
// CHECK-LABEL: tile.kernel @others
// CHECK-COUNT-3: math.exp2
// CHECK-NOT:     math.exp2
tile.kernel @others(%x: memref<?x64xf32>, %masked: i1, %y: memref<?x64xf32>, %w0: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : !s
  %one = arith.constant dense<1.0> : !s
  %s = tile.load %x[%c0, %c0] sizes [64, 64] : memref<?x64xf32> -> !s
  %visible = arith.cmpf ogt, %s, %zero : !s
  %p = math.exp2 %s : !s
  tile.store %p, %w0[%c0, %c0] sizes [64, 64] : !s, memref<?x64xf32>
  %v = scf.if %masked -> (!s) {
    %h = arith.select %visible, %p, %zero : !m, !s
    scf.yield %h : !s
  } else {
    scf.yield %p : !s
  }
  %t = tile.reduce add %v axis 0 by 16 : !s -> !t
  tile.store %t, %y[%c0, %c0] sizes [4, 64] : !t, memref<?x64xf32>
  %q = math.exp2 %s : !s
  %w = scf.if %masked -> (!s) {
    %h = arith.select %visible, %q, %zero : !m, !s
    scf.yield %h : !s
  } else {
    scf.yield %q : !s
  }
  tile.store %w, %w0[%c0, %c0] sizes [64, 64] : !s, memref<?x64xf32>
  %u = tile.reduce add %w axis 0 by 16 : !s -> !t
  tile.store %u, %y[%c0, %c0] sizes [4, 64] : !t, memref<?x64xf32>
  %r = math.exp2 %s : !s
  %z = scf.if %masked -> (!s) {
    %h = arith.select %visible, %r, %one : !m, !s
    scf.yield %h : !s
  } else {
    scf.yield %r : !s
  }
  %o = tile.reduce add %z axis 0 by 16 : !s -> !t
  tile.store %o, %y[%c0, %c0] sizes [4, 64] : !t, memref<?x64xf32>
  tile.return
}
