// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so -split-input-file -verify-diagnostics

!x = tensor<?x4x16xf32>
func.func @key_mean_c1(%v: !x, %cu: tensor<?xi32>) -> !x {
  // expected-error @+1 {{expected a key set of tokens without indices, got #attn.selected<block = 16>}}
  %o = test_ops.key_mean %v sees #attn.selected<block = 16> over %cu : !x, tensor<?xi32> -> !x
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
func.func @key_mean_c2(%v: !x, %cu: tensor<?xi32>) -> tensor<?x4x16xf16> {
  // expected-error @+1 {{expected v and out of one type, got 'tensor<?x4x16xf32>' and 'tensor<?x4x16xf16>'}}
  %o = test_ops.key_mean %v sees #attn.causal over %cu : !x, tensor<?xi32> -> tensor<?x4x16xf16>
  return %o : tensor<?x4x16xf16>
}
