// Lists by block, on the CPU: whole numbers, which the reference gives exactly.
// RUN: fovea-run %s --entry=selected --lengths=300,0,1,64,33 --verify | FileCheck %s
// RUN: fovea-run %s --entry=wide --lengths=700,0,5 --verify | FileCheck %s
// RUN: fovea-run %s --entry=many --lengths=600,7 --verify | FileCheck %s
// CHECK: verified

!cu = tensor<?xi32>

func.func @selected(%i: tensor<?x2x3xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"})
    -> (tensor<?x2x2xi32> {attn.name = "bounds"}, tensor<?x2x3xi32> {attn.name = "entries"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block 16 : tensor<?x2x3xi32>, !cu -> tensor<?x2x2xi32>, tensor<?x2x3xi32>
  return %bounds, %entries : tensor<?x2x2xi32>, tensor<?x2x3xi32>
}

func.func @wide(%i: tensor<?x1x40xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"})
    -> (tensor<?x1x2xi32> {attn.name = "bounds"}, tensor<?x1x40xi32> {attn.name = "entries"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block 10 : tensor<?x1x40xi32>, !cu -> tensor<?x1x2xi32>, tensor<?x1x40xi32>
  return %bounds, %entries : tensor<?x1x2xi32>, tensor<?x1x40xi32>
}

// More blocks than a program has.
func.func @many(%i: tensor<?x1x4xi32> {attn.name = "indices"}, %cu: !cu {attn.name = "cu_seqlens"})
    -> (tensor<?x1x2xi32> {attn.name = "bounds"}, tensor<?x1x4xi32> {attn.name = "entries"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block 1 : tensor<?x1x4xi32>, !cu -> tensor<?x1x2xi32>, tensor<?x1x4xi32>
  return %bounds, %entries : tensor<?x1x2xi32>, tensor<?x1x4xi32>
}
