// The gradient of an operation that lives in the test tree alone, against differences.
// REQUIRES: numpy
// RUN: fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so --attn-differentiate -o %t.mlir
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: %python %fovea_source/test/Tools/Inputs/check-gradients.py %t.mlir mixed mixed_backward 0,3,3,33 \
// RUN:   --load-dialect-plugin=%fovea_output/lib/FoveaTestKeyMean.so | FileCheck %s --check-prefix=NUMBERS

// Its gradient is built of operations that there are, and added to the attention's.
// CHECK: func.func @mixed_backward
// CHECK: %[[MEAN:.+]], %[[LSE:.+]] = attn.attend %{{.+}} sees #attn.window<5>
// CHECK: %[[DMEAN:.+]] = attn.combine %{{.+}} gates %{{.+}} columns [1]
// CHECK: %[[DELTA:.+]] = attn.attend_delta %[[DMEAN]], %[[MEAN]]
// CHECK: %[[DV:.+]]:2 = attn.attend_grad_kv %{{.+}} sees #attn.window<5> {{.+}} of %[[DMEAN]], %[[LSE]], %[[DELTA]]
// CHECK: attn.sum %[[DV]]#1, %{{.+}} of "tokens"

// NUMBERS: grad_q as differences have it
// NUMBERS-NEXT: grad_k as differences have it
// NUMBERS-NEXT: grad_v as differences have it
// NUMBERS-NEXT: grad_gates as differences have it

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>

func.func @mixed(%q: !x {attn.name = "q"}, %k: !x {attn.name = "k"}, %v: !x {attn.name = "v"}, %cu: !cu {attn.name = "cu_seqlens"},
                 %g: tensor<?x4x2xf32> {attn.name = "gates"}) -> (!x {attn.name = "out"}) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
  %m = test_ops.key_mean %v sees #attn.window<5> over %cu : !x, !cu -> !x
  %o = attn.combine %a, %m gates %g logits : (!x, !x, tensor<?x4x2xf32>) -> !x
  return %o : !x
}
