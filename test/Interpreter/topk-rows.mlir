// REQUIRES: fovea-opt, fovea-interpret
// Rows of a warp that share registers, as many as no group of heads makes: three and seven,
// beside an idle one, and 17 and 32, each in a lane of its own. Scores are whole numbers,
// which many columns share, and in turns -inf, +inf and NaN.
// DEFINE: %{rows} = 36
// DEFINE: %{tile} = 192
// DEFINE: %{entries} = 16
// DEFINE: %{target} = sm_90a
// DEFINE: %{kernel} = sed 's/ROWS/%{rows}/g; s/TILE/%{tile}/g; s/ENTRIES/%{entries}/g' %s > %t.logical
// DEFINE: %{lower} = fovea-opt %t.logical --fovea-place-tiles --convert-tile-to-simt=target=%{target} -o %t.threads
// DEFINE: %{run} = %{kernel} && %{lower} && fovea-interpret %t.threads --against=%t.logical --policy=random --seeds=1 --lengths=192 --entry=select
// CHECK: ok: 1 orders

// RUN: %{run} | FileCheck %s
// REDEFINE: %{rows} = 28
// REDEFINE: %{tile} = 64
// REDEFINE: %{entries} = 3
// RUN: %{run} | FileCheck %s
// REDEFINE: %{rows} = 68
// REDEFINE: %{entries} = 13
// REDEFINE: %{target} = sm_80
// RUN: %{run} | FileCheck %s
// REDEFINE: %{rows} = 128
// REDEFINE: %{entries} = 16
// RUN: %{run} | FileCheck %s

!x = memref<?x640xf32>
!y = memref<1xROWSxENTRIESxi32>
!z = memref<TILEx8xf32>
!numbers = tensor<ROWSx40xi32>
!scores = tensor<ROWSx40xf32>
!values = tensor<ROWSxENTRIESxf32>
!indices = tensor<ROWSxENTRIESxi32>

func.func @select(%x: !x, %y: !y {tile.output}, %z: !z {tile.output}) {
  %one = arith.constant 1 : index
  tile.launch @select_topk grid(%one) (%x, %y, %z) : !x, !y, !z
  return
}

// What is passed on to %z says how many warps there are.
tile.kernel private @select_topk(%x: !x, %y: !y, %z: !z) {
  %zero = arith.constant 0 : index
  %width = arith.constant 40 : index
  %end = arith.constant 640 : index
  %lowest = arith.constant dense<0xFF800000> : !scores
  %highest = arith.constant dense<0x7F800000> : !scores
  %nan = arith.constant dense<0x7FC00000> : !scores
  %few = arith.constant dense<31> : !numbers
  %i0 = arith.constant dense<0> : !numbers
  %i1 = arith.constant dense<1> : !numbers
  %i2 = arith.constant dense<2> : !numbers
  %two = arith.constant dense<2.0> : !scores
  %passed = tile.load %x[%zero, %zero] sizes [TILE, 8] : !x -> tensor<TILEx8xf32>
  tile.store %passed, %z[%zero, %zero] sizes [TILE, 8] : tensor<TILEx8xf32>, !z
  %rows = tile.positions %zero : tensor<ROWSxi32>
  %row = tile.broadcast %rows axis 1 : tensor<ROWSxi32> -> !numbers
  %v = arith.constant dense<0xFF800000> : !values
  %i = arith.constant dense<-1> : !indices
  %best:2 = scf.for %column = %zero to %end step %width iter_args(%v0 = %v, %in0 = %i) -> (!values, !indices) {
    %drawn = tile.load %x[%zero, %column] sizes [ROWS, 40] : !x -> !scores
    %doubled = arith.mulf %drawn, %two : !scores
    %whole = arith.fptosi %doubled : !scores to !numbers
    %shared = arith.sitofp %whole : !numbers to !scores
    %columns = tile.positions %column : tensor<40xi32>
    %place = tile.broadcast %columns axis 0 : tensor<40xi32> -> !numbers
    %sum = arith.addi %place, %row : !numbers
    %turn = arith.andi %sum, %few : !numbers
    %is0 = arith.cmpi eq, %turn, %i0 : !numbers
    %is1 = arith.cmpi eq, %turn, %i1 : !numbers
    %is2 = arith.cmpi eq, %turn, %i2 : !numbers
    %s0 = arith.select %is0, %lowest, %shared : tensor<ROWSx40xi1>, !scores
    %s1 = arith.select %is1, %nan, %s0 : tensor<ROWSx40xi1>, !scores
    %s2 = arith.select %is2, %highest, %s1 : tensor<ROWSx40xi1>, !scores
    %v1, %in1 = tile.topk_update %v0, %in0 with %s2 at %column : !values, !indices, !scores
    scf.yield %v1, %in1 : !values, !indices
  }
  %sorted = tile.topk_indices %best#0, %best#1 : !values, !indices -> !indices
  tile.store %sorted, %y[%zero, %zero, %zero] sizes [1, ROWS, ENTRIES] : !indices, !y
  tile.return
}
