// RUN: fovea-opt %s --convert-tile-to-simt --canonicalize --cse | FileCheck %s

!sums = tensor<64x8xf32, #tile.fragment<warps = 4>>
!rows = tensor<64xf32, #tile.fragment_rows<warps = 4>>

// A lane's 4 of 8 columns; a row's value goes to the half that it belongs to. exp and
// division are the machine's; multiplications may contract.
// CHECK-LABEL: llvm.func @math
// CHECK:     %[[E:.+]] = simt.approx exp2 %{{.+}} : vector<4xf32>
// CHECK:     %[[R:.+]] = simt.approx reciprocal %{{.+}} : vector<4xf32>
// CHECK:     arith.mulf %[[E]], %[[R]] fastmath<contract> : vector<4xf32>
// CHECK:     vector.shuffle %{{.+}} [0, 0, 1, 1]
tile.kernel @math(%x: memref<?x8xf32> {tile.in_place}, %w: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf32> -> !sums
    %e = math.exp2 %a : !sums
    %d = arith.divf %e, %a : !sums
    %r = tile.load %w[%c0] sizes [64] : memref<?xf32> -> !rows
    %b = tile.broadcast %r axis 1 : !rows -> !sums
    %s = arith.addf %d, %b : !sums
    tile.store %s, %x[%c0, %c0] sizes [64, 8] : !sums, memref<?x8xf32>
  }
  tile.return
}

// Positions of the two rows that a lane holds.
// CHECK-LABEL: llvm.func @positions_of_rows
// CHECK:     arith.select %{{.+}} : vector<2xi1>, vector<2xf32>
tile.kernel @positions_of_rows(%w: memref<?xf32>, %first: index) {
  %c0 = arith.constant 0 : index
  %one = arith.constant dense<1.0> : !rows
  %zero = arith.constant dense<0.0> : !rows
  %last = arith.constant dense<9> : tensor<64xi32, #tile.fragment_rows<warps = 4>>
  tile.specialize producer {
  } consumers 4 {
    %i = tile.positions %first repeat 16 : tensor<64xi32, #tile.fragment_rows<warps = 4>>
    %in = arith.cmpi sle, %i, %last : tensor<64xi32, #tile.fragment_rows<warps = 4>>
    %v = arith.select %in, %one, %zero : tensor<64xi1, #tile.fragment_rows<warps = 4>>, !rows
    tile.store %v, %w[%c0] sizes [64] : !rows, memref<?xf32>
  }
  tile.return
}

// What score regions hold: the machine's own functions, but for a tanh that is not `afn`.
// CHECK-LABEL: llvm.func @scores
// CHECK:     %[[FAST:.+]] = simt.approx tanh %[[A:.+]] : vector<4xf32>
// CHECK:     %[[POWER:.+]] = simt.approx exp2 %{{.+}} : vector<4xf32>
// CHECK:     %[[MORE:.+]] = arith.addf %[[POWER]], %{{.+}} : vector<4xf32>
// CHECK:     %[[OVER:.+]] = simt.approx reciprocal %[[MORE]] : vector<4xf32>
// CHECK:     %[[EXACT:.+]] = llvm.intr.fma(%{{.+}}, %[[OVER]], %{{.+}})
// CHECK:     simt.approx log2 %[[EXACT]] : vector<4xf32>
// CHECK:     simt.approx sqrt %{{.+}} : vector<4xf32>
// CHECK:     arith.sitofp %{{.+}} : vector<4xi32> to vector<4xf32>
tile.kernel @scores(%x: memref<?x8xf32> {tile.in_place}, %first: index) {
  %c0 = arith.constant 0 : index
  tile.specialize producer {
  } consumers 4 {
    %a = tile.load %x[%c0, %c0] sizes [64, 8] : memref<?x8xf32> -> !sums
    %fast = math.tanh %a fastmath<afn> : !sums
    %exact = math.tanh %fast : !sums
    %log = math.log %exact : !sums
    %root = math.sqrt %log : !sums
    %i = tile.positions %first : tensor<64xi32, #tile.fragment_rows<warps = 4>>
    %b = tile.broadcast %i axis 1 : tensor<64xi32, #tile.fragment_rows<warps = 4>> -> tensor<64x8xi32, #tile.fragment<warps = 4>>
    %f = arith.sitofp %b : tensor<64x8xi32, #tile.fragment<warps = 4>> to !sums
    %s = arith.addf %root, %f : !sums
    tile.store %s, %x[%c0, %c0] sizes [64, 8] : !sums, memref<?x8xf32>
  }
  tile.return
}
