// RUN: fovea-opt %s --cpu-approximate-math | FileCheck %s

// CHECK-LABEL: @exp2
// CHECK:         math.roundeven %{{.+}} : vector<16xf32>
// CHECK-COUNT-6: math.fma
// CHECK:         arith.shli
// CHECK-NOT:     math.exp2
func.func @exp2(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp2 %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: @others
// CHECK-NOT:     math.{{exp|exp2|tanh|erf|log|log2}} 
func.func @others(%x: vector<8xf32>) -> vector<8xf32> {
  %a = math.exp %x : vector<8xf32>
  %b = math.tanh %a : vector<8xf32>
  %c = math.erf %b : vector<8xf32>
  %d = math.log %c : vector<8xf32>
  %e = math.log2 %d : vector<8xf32>
  return %e : vector<8xf32>
}

// Narrow types are widened first.
// CHECK-LABEL: @narrow
// CHECK:         arith.extf %{{.+}} : vector<16xbf16> to vector<16xf32>
// CHECK:         arith.truncf %{{.+}} : vector<16xf32> to vector<16xbf16>
func.func @narrow(%x: vector<16xbf16>) -> vector<16xbf16> {
  %y = math.exp2 %x : vector<16xbf16>
  return %y : vector<16xbf16>
}

// Nothing else is touched.
// CHECK-LABEL: @double
// CHECK:         math.exp2 %{{.+}} : f64
func.func @double(%x: f64) -> f64 {
  %y = math.exp2 %x : f64
  return %y : f64
}
