// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// Where a tile lies is the encoding of its tensor.
// CHECK-LABEL: @fragments
// CHECK-SAME: (tensor<64x128xf32, #tile.fragment<warps = 4>>, tensor<64xf32, #tile.fragment_rows<warps = 4>>, tensor<128xi32, #tile.fragment_columns<warps = 4>>)
func.func private @fragments(tensor<64x128xf32, #tile.fragment<warps = 4>>,
                             tensor<64xf32, #tile.fragment_rows<warps = 4>>,
                             tensor<128xi32, #tile.fragment_columns<warps = 4>>)

// CHECK-LABEL: @lanes
// CHECK-SAME: (tensor<4x16xf32, #tile.lanes<warps = 4>>, tensor<4xi32, #tile.lane_rows<warps = 4>>, tensor<16xi32, #tile.lane_columns<warps = 4>>)
func.func private @lanes(tensor<4x16xf32, #tile.lanes<warps = 4>>,
                         tensor<4xi32, #tile.lane_rows<warps = 4>>,
                         tensor<16xi32, #tile.lane_columns<warps = 4>>)

// More rows than warps, and fewer.
// CHECK-LABEL: @rows_and_warps
func.func private @rows_and_warps(tensor<24x40xf32, #tile.lanes<warps = 12>>,
                                  tensor<3x40xf32, #tile.lanes<warps = 12>>,
                                  tensor<3xf32, #tile.lane_rows<warps = 12>>,
                                  tensor<6x40xf32, #tile.scratch<warps = 12>>)

// CHECK-LABEL: @queued
// CHECK-SAME: (tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>, tensor<2x16xf32, #tile.queued<warps = 4, queue = 1>>)
func.func private @queued(tensor<4x16xi32, #tile.queued<warps = 4, queue = 0>>,
                          tensor<2x16xf32, #tile.queued<warps = 4, queue = 1>>)

// CHECK-LABEL: @of_one_warp
// CHECK-SAME: (tensor<8x16xi32, #tile.flat>, tensor<8xi1, #tile.bits>, tensor<64xi1, #tile.bits>)
func.func private @of_one_warp(tensor<8x16xi32, #tile.flat>, tensor<8xi1, #tile.bits>,
                               tensor<64xi1, #tile.bits>)

// CHECK-LABEL: @memory
// CHECK-SAME: (tensor<64x128xbf16, #tile.shared<swizzle = 128>>, tensor<4x64xf32, #tile.scratch<warps = 4>>)
func.func private @memory(tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
                          tensor<4x64xf32, #tile.scratch<warps = 4>>)

// CHECK-LABEL: @narrow_rows
func.func private @narrow_rows(tensor<8x32xbf16, #tile.shared<swizzle = 64>>,
                               tensor<8x16xf16, #tile.shared<swizzle = 32>>)

// CHECK-LABEL: @rings
// CHECK-SAME: (!tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>, !tile.visit_ring<4 x 12>)
func.func private @rings(!tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>,
                         !tile.visit_ring<4 x 12>)

// CHECK-LABEL: @products
// CHECK-SAME: (!tile.pending<tensor<64x128xf32, #tile.fragment<warps = 4>>>)
func.func private @products(!tile.pending<tensor<64x128xf32, #tile.fragment<warps = 4>>>)
