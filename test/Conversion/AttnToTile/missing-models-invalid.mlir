// An operation of which a stage has no model: one diagnostic there, at the operation.
// RUN: split-file %s %t
// RUN: fovea-opt %t/lowering.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-choose-schedules --convert-attn-to-tile --verify-diagnostics
// RUN: fovea-opt %t/schedule.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-choose-schedules --convert-attn-to-tile --verify-diagnostics
// RUN: fovea-opt %t/grouped.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-choose-schedules --convert-attn-to-tile --verify-diagnostics
// RUN: fovea-opt %t/gpu.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-list-schedules --verify-diagnostics
// RUN: fovea-opt %t/work.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-choose-schedules --attn-estimate-work --verify-diagnostics
// RUN: fovea-opt %t/gradient.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-differentiate --verify-diagnostics
// RUN: not fovea-run %t/reference.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --lengths=9 --device=reference 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REFERENCE
// RUN: not fovea-run %t/numerics.mlir --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --lengths=9 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NUMERICS

//--- lowering.mlir
func.func @f(%v: tensor<?x4x16xf32>, %cu: tensor<?xi32>) -> tensor<?x4x16xf32> {
  // expected-error @+1 {{'test_ops.no_lowering' op expected a lowering to tile, got none: see docs/adding-an-operation.md}}
  %o = test_ops.no_lowering %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
  return %o : tensor<?x4x16xf32>
}

//--- schedule.mlir
func.func @f(%v: tensor<?x4x16xf32>, %cu: tensor<?xi32>) -> tensor<?x4x16xf32> {
  // expected-error @+1 {{'test_ops.no_schedule' op expected a schedule, got none: see docs/adding-an-operation.md}}
  %o = test_ops.no_schedule %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
  return %o : tensor<?x4x16xf32>
}

//--- grouped.mlir
func.func @f(%v: tensor<?x4x16xf32>, %cu: tensor<?xi32>) -> (tensor<?x4x16xf32>, tensor<?x4x16xf32>) {
  %0:2 = attn.group {
    %a = test_ops.key_mean %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
    // expected-error @+1 {{'test_ops.no_schedule' op expected a schedule, got none: see docs/adding-an-operation.md}}
    %o = test_ops.no_schedule %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
    attn.yield %a, %o : tensor<?x4x16xf32>, tensor<?x4x16xf32>
  } : tensor<?x4x16xf32>, tensor<?x4x16xf32>
  return %0#0, %0#1 : tensor<?x4x16xf32>, tensor<?x4x16xf32>
}

//--- gpu.mlir
func.func @f(%v: tensor<?x4x16xf32>, %cu: tensor<?xi32>) -> tensor<?x4x16xf32> {
  // expected-error @+1 {{'test_ops.key_mean' op expected schedules for kernels of a GPU, got none: see docs/adding-an-operation.md}}
  %o = test_ops.key_mean %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
  return %o : tensor<?x4x16xf32>
}

//--- work.mlir
func.func @f(%v: tensor<?x4x16xf32>, %cu: tensor<?xi32>) -> tensor<?x4x16xf32> {
  // expected-error @+1 {{'test_ops.no_work' op expected a count of its work, got none: see docs/adding-an-operation.md}}
  %o = test_ops.no_work %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
  return %o : tensor<?x4x16xf32>
}

//--- gradient.mlir
func.func @f(%v: tensor<?x4x16xf32>, %cu: tensor<?xi32>) -> tensor<?x4x16xf32> {
  // expected-error @+1 {{'test_ops.no_gradient' op expected a gradient, got none: see docs/adding-an-operation.md}}
  %o = test_ops.no_gradient %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
  return %o : tensor<?x4x16xf32>
}

//--- reference.mlir
// REFERENCE: test_ops.no_reference: expected a reference, got none
// REFERENCE-NOT: error
func.func @f(%v: tensor<?x4x16xf32> {attn.name = "v"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf32> {attn.name = "out"}) {
  %o = test_ops.no_reference %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
  return %o : tensor<?x4x16xf32>
}

//--- numerics.mlir
// NUMERICS: test_ops.no_numerics: expected values for its operands and bounds of its errors, got none
// NUMERICS-NOT: error
func.func @f(%v: tensor<?x4x16xf32> {attn.name = "v"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf32> {attn.name = "out"}) {
  %o = test_ops.no_numerics %v sees #attn.causal over %cu : tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>
  return %o : tensor<?x4x16xf32>
}
