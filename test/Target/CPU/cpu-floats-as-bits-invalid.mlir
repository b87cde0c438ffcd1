// RUN: fovea-opt %s --cpu-floats-as-bits=f16 --split-input-file --verify-diagnostics

func.func @sum(%x: vector<4xbf16>) -> vector<4xbf16> {
  // expected-error@+1 {{expected 16-bit floats to be converted from and to f32, and moved, got 'vector<4xbf16>' to 'vector<4xbf16>'}}
  %y = arith.addf %x, %x : vector<4xbf16>
  return %y : vector<4xbf16>
}

// -----

func.func @root(%x: f16) -> f16 {
  // expected-error@+1 {{expected 16-bit floats to be converted from and to f32, and moved, got 'f16' to 'f16'}}
  %y = math.sqrt %x : f16
  return %y : f16
}

// -----

func.func @twice_rounded(%x: f64) -> bf16 {
  // expected-error@+1 {{expected 16-bit floats to be converted from and to f32, and moved, got 'f64' to 'bf16'}}
  %y = arith.truncf %x : f64 to bf16
  return %y : bf16
}

// -----

func.func @downward(%x: f32) -> f16 {
  // expected-error@+1 {{expected to_nearest_even, got downward}}
  %y = arith.truncf %x downward : f32 to f16
  return %y : f16
}
