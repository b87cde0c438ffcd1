// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --verify-roundtrip

!x = tensor<?x2x8xbf16>
!cu = tensor<?xi32>

// Rows are strides of tokens, every one of which is written, a window's or not: nothing is cleared before. A stride gets
// the rows of its window and of those before it; of a mean, all of its tokens get the same.
// CHECK-LABEL: func.func @mean
// CHECK-NOT: zero_fill
// CHECK: tile.launch
// CHECK-LABEL: tile.kernel private @mean_compress_grad_input
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 16
// CHECK: tile.locate %{{.+}} step 32
// CHECK: %[[SUM:.+]] = scf.for %[[PART:.+]] = %c0{{.*}} to %c3{{.*}} iter_args(%[[ACC:.+]] = %{{.+}}) -> (tensor<16x8xf32>)
// CHECK:   %[[FIRST:.+]] = arith.subi %{{.+}}, %[[PART]]
// CHECK:   tile.load %{{.+}} sizes [16, 1, 8] from %{{.+}} count
// CHECK:   arith.addf %[[ACC]]
// CHECK: %[[MEAN:.+]] = arith.mulf %[[SUM]]
// CHECK: scf.for %{{.+}} = %c0{{.*}} to %c2
// CHECK-NOT: tile.load
// CHECK:   tile.store %{{.+}} sizes [16, 1, 8] step 2 count
func.func @mean(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: !cu) -> !x {
  %dk = attn.compress_grad_input %d of %k by #attn.phi<mean> into #attn.compressed<block = 6, stride = 2> over %cu : !x, !x, !cu -> !x
  return %dk : !x
}

// Each token of a stride has weights of its own. Positions change nothing.
// CHECK-LABEL: tile.kernel private @weighted_compress_grad_input
// CHECK: scf.for %[[TOKEN:.+]] = %c0{{.*}} to %c2
// CHECK:   scf.for %[[PART:.+]] = %c0{{.*}} to %c2{{.*}} iter_args
// CHECK:     tile.load %{{.+}} from %{{.+}} count
// CHECK:     %[[BEGIN:.+]] = arith.muli %[[PART]], %c2
// CHECK:     %[[ROW:.+]] = arith.addi %[[BEGIN]], %[[TOKEN]]
// CHECK:     memref.load %{{.+}}[%{{.+}}, %[[ROW]]]
// CHECK:   tile.store %{{.+}} sizes [16, 1, 8] step 2 count
func.func @weighted(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: !cu, %w: tensor<2x4xbf16>, %p: tensor<2x4x8xbf16>) -> tensor<?x2x8xf32> {
  %dk = attn.compress_grad_input %d of %k by #attn.phi<weighted> into #attn.compressed<block = 4, stride = 2> over %cu params(%w : tensor<2x4xbf16>) positions(%p : tensor<2x4x8xbf16>) : !x, !x, !cu -> tensor<?x2x8xf32>
  return %dk : tensor<?x2x8xf32>
}

// A program for each row of a window goes through the sequences and their windows, twice: the weight's gradient takes
// products with dout, the position's its sum. The weight comes last.
// CHECK-LABEL: func.func @params
// CHECK: tile.launch @params_compress_grad_params grid(%c4{{.*}}, %c2{{.*}})
// CHECK-LABEL: tile.kernel private @params_compress_grad_params
// CHECK-DAG: %[[PART:.+]] = tile.program_id 0
// CHECK-DAG: %[[HEAD:.+]] = tile.program_id 1
// CHECK: scf.for %[[SEQUENCE:[a-z0-9]+]] = %{{.+}} -> (tensor<16xf32>)
// CHECK:   %[[NUMBER:.+]] = arith.addi %[[SEQUENCE]], %c1
// CHECK:   tile.locate %[[NUMBER]] in %{{.+}} step 2147483647
// CHECK:   scf.for %{{.+}} -> (tensor<16xf32>)
// CHECK:     tile.load %{{.+}} sizes [16, 1, 8] step 2 count
// CHECK:     tile.load %{{.+}} sizes [16, 1, 8] count
// CHECK:     tile.reduce add %{{.+}} axis 1
// CHECK: tile.store %{{.+}}[%[[HEAD]], %[[PART]]] sizes [1, 8] within 1
// CHECK: scf.for {{.+}} -> (tensor<16x8xf32>)
// CHECK:   scf.for {{.+}} -> (tensor<16x8xf32>)
// CHECK: tile.reduce add %{{.+}} axis 0 : tensor<16x8xf32> -> tensor<8xf32>
// CHECK: memref.load %{{.+}}[%[[HEAD]], %[[PART]]]
// CHECK: tile.store %{{.+}}[%[[HEAD]], %[[PART]], %c0{{.*}}] sizes [1, 1, 8]
func.func @params(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: !cu, %w: tensor<2x4xbf16>, %p: tensor<2x4x8xbf16>) -> (tensor<2x4xf32>, tensor<2x4x8xbf16>) {
  %dw, %dp = attn.compress_grad_params %d of %k by #attn.phi<weighted> into #attn.compressed<block = 4, stride = 2> over %cu params(%w : tensor<2x4xbf16>) positions(%p : tensor<2x4x8xbf16>) : !x, !x, !cu -> tensor<2x4xf32>, tensor<2x4x8xbf16>
  return %dw, %dp : tensor<2x4xf32>, tensor<2x4x8xbf16>
}

// Of a mean all positions get the same, which is summed once.
// CHECK-LABEL: func.func @positions
// CHECK: tile.launch @positions_compress_grad_params grid(%c1{{.*}}, %c2{{.*}})
// CHECK-LABEL: tile.kernel private @positions_compress_grad_params
// CHECK-NOT: sizes [16, 1, 8] step
// CHECK: scf.for %[[ROW:.+]] = %c0{{.*}} to %c4
// CHECK-NEXT: tile.store %{{.+}}[%{{.+}}, %[[ROW]], %c0{{.*}}]
func.func @positions(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: !cu, %p: tensor<2x4x8xf32>) -> tensor<2x4x8xf32> {
  %dp = attn.compress_grad_params %d of %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu positions(%p : tensor<2x4x8xf32>) : !x, !x, !cu -> tensor<2x4x8xf32>
  return %dp : tensor<2x4x8xf32>
}

// A program for each row of a window has the outer products of that row's columns, which are loaded as rows, with dout,
// and products of the matrix with the sum of dout.
// CHECK-LABEL: func.func @matrices
// CHECK: tile.launch @matrices_compress_grad_params grid(%c4{{.*}}, %c2{{.*}})
// CHECK-LABEL: tile.kernel private @matrices_compress_grad_params
// CHECK: tile.load %{{.+}} sizes [64, 1, 8] step 2 count %{{.+}} transposed : memref<?x2x8xbf16> -> tensor<8x64xbf16>
// CHECK: tile.broadcast %{{.+}} axis 1
// CHECK: tile.load %{{.+}} sizes [64, 1, 8] count
// CHECK: tile.dot %{{.+}} : tensor<8x64xf32>, tensor<64x8xbf16> -> tensor<8x8xf32>
// CHECK: tile.store %{{.+}} sizes [1, 1, 8, 8]
// CHECK: tile.reduce add %{{.+}} axis 0 : tensor<64x8xf32> -> tensor<8xf32>
// CHECK: tile.load %{{.+}} sizes [1, 1, 8, 8]
// CHECK: tile.reduce add %{{.+}} axis 1 : tensor<8x8xf32> -> tensor<8xf32>
// CHECK: tile.store %{{.+}} sizes [1, 1, 8]
func.func @matrices(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: !cu, %a: tensor<2x4x8x8xbf16>, %p: tensor<2x4x8xbf16>) -> (tensor<2x4x8x8xf32>, tensor<2x4x8xbf16>) {
  %da, %dp = attn.compress_grad_params %d of %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%a : tensor<2x4x8x8xbf16>) positions(%p : tensor<2x4x8xbf16>) : !x, !x, !cu -> tensor<2x4x8x8xf32>, tensor<2x4x8xbf16>
  return %da, %dp : tensor<2x4x8x8xf32>, tensor<2x4x8xbf16>
}

// Of an mlp, one program more has the second layer and the biases; what is compressed has products with the first
// layer's rows.
// CHECK-LABEL: func.func @mlp
// CHECK: tile.launch @mlp_compress_grad_hidden
// CHECK: tile.launch @mlp_compress_grad_input
// CHECK: tile.launch @mlp_compress_grad_params grid(%c5{{.*}}, %c2{{.*}})
// CHECK-LABEL: tile.kernel private @mlp_compress_grad_params
// CHECK: %[[IS_ROW:.+]] = arith.cmpi slt, %{{.+}}, %c4
// CHECK: scf.if %[[IS_ROW]] {
// CHECK:   tile.store %{{.+}} sizes [1, 8, 4]
// CHECK: } else {
// CHECK:   tile.load %{{.+}} sizes [64, 1, 4] count %{{.+}} transposed : memref<?x2x4xbf16> -> tensor<4x64xbf16>
// CHECK:   tile.store %{{.+}} sizes [1, 4, 8]
// CHECK:   tile.store %{{.+}} sizes [1, 4]
// CHECK:   tile.store %{{.+}} sizes [1, 8]
// CHECK-LABEL: tile.kernel private @mlp_compress_grad_input
// CHECK: tile.load %{{.+}} sizes [16, 1, 4] from
// CHECK: tile.load %{{.+}} sizes [1, 8, 4] : memref<2x32x4xbf16>
// CHECK: tile.dot %{{.+}} transpose_rhs
// CHECK-LABEL: tile.kernel private @mlp_compress_grad_hidden
// CHECK: scf.for
// CHECK:   tile.dot
// CHECK: arith.maximumf
// CHECK: tile.store %{{.+}} sizes [16, 1, 4]
// CHECK: tile.dot %{{.+}} transpose_rhs
// CHECK: arith.cmpf ogt
// CHECK: tile.store %{{.+}} sizes [16, 1, 4]
!h = tensor<?x2x4xbf16>
!m1 = tensor<2x32x4xbf16>
!v1 = tensor<2x4xbf16>
!m2 = tensor<2x4x8xbf16>
!v2 = tensor<2x8xbf16>
func.func @mlp(%d: !x {attn.rows = "tokens / 2"}, %k: !x, %cu: !cu, %B1: !m1, %b1: !v1, %B2: !m2, %b2: !v2) -> (!x, !m1, !v1, !m2, !v2) {
  %a, %dh = attn.compress_grad_hidden %d of %k by #attn.phi<mlp, hidden = 4, activation = relu> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : !m1, !v1, !m2, !v2) : !x, !x, !cu -> !h, !h
  %dk = attn.compress_grad_input %d of %k by #attn.phi<mlp, hidden = 4, activation = relu> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : !m1, !v1, !m2, !v2) hidden(%a, %dh : !h, !h) : !x, !x, !cu -> !x
  %g:4 = attn.compress_grad_params %d of %k by #attn.phi<mlp, hidden = 4, activation = relu> into #attn.compressed<block = 4, stride = 2> over %cu params(%B1, %b1, %B2, %b2 : !m1, !v1, !m2, !v2) hidden(%a, %dh : !h, !h) : !x, !x, !cu -> !m1, !v1, !m2, !v2
  return %dk, %g#0, %g#1, %g#2, %g#3 : !x, !m1, !v1, !m2, !v2
}
