// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --verify-roundtrip

!x = tensor<?x2x8xbf16>
!cu = tensor<?xi32>

// Windows are rows; row r of each is one load that takes every stride-th token. K and V
// of one shape share a kernel.
// A caller sees 0 in the rows that are no sequence's window.
// CHECK-LABEL: func.func @mean_twice
// CHECK: tile.launch @mean_twice_zero_fill grid(
// CHECK: tile.launch @[[KERNEL:mean_twice_compress]] grid(
// CHECK: tile.launch @[[KERNEL]] grid(
// CHECK-LABEL: tile.kernel private @mean_twice_compress
// CHECK-SAME: tile.schedule = #tile.schedule<tokens = 16
// CHECK: tile.locate %{{.+}} step 32
// CHECK: %[[SUM:.+]] = scf.for %[[ROW:.+]] = %{{.+}} iter_args(%[[ACC:.+]] = %{{.+}}) -> (tensor<16x8xf32>)
// CHECK: tile.load %{{.+}} sizes [16, 1, 8] step 2 count
// CHECK: arith.extf
// CHECK: arith.addf %[[ACC]]
// CHECK: arith.mulf %[[SUM]]
// CHECK: arith.truncf
// CHECK: tile.store
func.func @mean_twice(%k: !x, %v: !x, %cu: !cu) -> (!x, !x) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu : !x, !cu -> !x
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 4, stride = 2> over %cu : !x, !cu -> !x
  return %kc, %vc : !x, !x
}

// CHECK-LABEL: tile.kernel private @weighted_compress
// CHECK: scf.for
// CHECK: %[[W:.+]] = memref.load
// CHECK: %[[WIDE:.+]] = arith.extf %[[W]]
// CHECK: tensor.splat %[[WIDE]]
func.func @weighted(%k: !x, %cu: !cu, %w: tensor<2x4xbf16>, %p: tensor<2x4x8xbf16>) -> !x {
  %kc = attn.compress %k by #attn.phi<weighted> into #attn.compressed<block = 4, stride = 2> over %cu params(%w : tensor<2x4xbf16>) positions(%p : tensor<2x4x8xbf16>) : !x, !cu -> !x
  return %kc : !x
}

// Online softmax over the rows of a window.
// CHECK-LABEL: tile.kernel private @gated_compress
// CHECK: scf.for {{.*}} -> (tensor<16x8xf32>, tensor<16xf32>, tensor<16xf32>)
// CHECK: tile.reduce add %{{.+}} axis 1
// CHECK: arith.maxnumf
// CHECK-COUNT-2: math.exp
// CHECK: arith.divf
func.func @gated(%k: !x, %cu: !cu, %u: tensor<2x8xbf16>, %c: tensor<2x4xbf16>) -> !x {
  %kc = attn.compress %k by #attn.phi<gated> into #attn.compressed<block = 4, stride = 2> over %cu params(%u, %c : tensor<2x8xbf16>, tensor<2x4xbf16>) : !x, !cu -> !x
  return %kc : !x
}

// CHECK-LABEL: tile.kernel private @linear_compress
// CHECK: scf.for
// CHECK: tile.load %{{.+}} sizes [1, 1, 8, 8]
// CHECK: tile.dot
func.func @linear(%k: !x, %cu: !cu, %a: tensor<2x4x8x8xbf16>) -> !x {
  %kc = attn.compress %k by #attn.phi<linear> into #attn.compressed<block = 4, stride = 2> over %cu params(%a : tensor<2x4x8x8xbf16>) : !x, !cu -> !x
  return %kc : !x
}

// CHECK-LABEL: tile.kernel private @mlp_compress
// CHECK: scf.for
// CHECK: tile.dot {{.*}} -> tensor<16x3xf32>
// CHECK: math.erf
// CHECK: tile.dot {{.*}} -> tensor<16x8xf32>
func.func @mlp(%k: !x, %cu: !cu, %b1: tensor<2x32x3xbf16>, %c1: tensor<2x3xbf16>, %b2: tensor<2x3x8xbf16>, %c2: tensor<2x8xbf16>) -> !x {
  %kc = attn.compress %k by #attn.phi<mlp, hidden = 3, activation = gelu> into #attn.compressed<block = 4, stride = 2> over %cu params(%b1, %c1, %b2, %c2 : tensor<2x32x3xbf16>, tensor<2x3xbf16>, tensor<2x3x8xbf16>, tensor<2x8xbf16>) : !x, !cu -> !x
  return %kc : !x
}
