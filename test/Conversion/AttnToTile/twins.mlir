// Kernels that compute the same are one, launched twice, unless a GPU is to run them in two ways.
// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --split-input-file | FileCheck %s

!x = tensor<?x2x16xbf16>
!cu = tensor<?xi32>

// CHECK-LABEL: func.func @alike
// CHECK: tile.launch @alike_compress grid
// CHECK: tile.launch @alike_compress grid
// CHECK-NOT: tile.kernel private @alike_compress_
func.func @alike(%k: !x, %v: !x, %cu: !cu) -> (!x, !x) {
  %0 = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, gpu = <stages = 2>>} : !x, !cu -> !x
  %1 = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, gpu = <stages = 2>>} : !x, !cu -> !x
  return %0, %1 : !x, !x
}

// -----

!x = tensor<?x2x16xbf16>
!cu = tensor<?xi32>

// CHECK-LABEL: func.func @in_two_ways
// CHECK: tile.launch @in_two_ways_compress grid
// CHECK: tile.launch @in_two_ways_compress_[[N:[0-9]+]] grid
// CHECK-DAG: tile.kernel private @in_two_ways_compress({{.*}}gpu = <stages = 2>
// CHECK-DAG: tile.kernel private @in_two_ways_compress_[[N]]({{.*}}gpu = <stages = 3>
func.func @in_two_ways(%k: !x, %v: !x, %cu: !cu) -> (!x, !x) {
  %0 = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, gpu = <stages = 2>>} : !x, !cu -> !x
  %1 = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 16, gpu = <stages = 3>>} : !x, !cu -> !x
  return %0, %1 : !x, !x
}
