// An operation from outside need not ask what its key set says of itself: its lowering does.
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so \
// RUN:   --load-dialect-plugin=%fovea_output/lib/FoveaTestBroken.so --attn-choose-schedules \
// RUN:   --convert-attn-to-tile -verify-diagnostics

!x = tensor<?x4x16xf32>

func.func @mean(%v: !x, %cu: tensor<?xi32>) -> !x {
  // expected-error@+1 {{'test_ops.key_mean' op #test_broken.causal<"index_block">: expected getIndexBlock to give at least 0, got -1}}
  %o = test_ops.key_mean %v sees #test_broken.causal<"index_block"> over %cu : !x, tensor<?xi32> -> !x
  return %o : !x
}
