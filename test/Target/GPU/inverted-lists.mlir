// Lists by block on both targets: a kernel with as many warps as a block has, which fits their registers; lists of a
// length that one pass takes whole, and longer ones.
// REQUIRES: cuda-toolkit
// DEFINE: %{target} = sm_90a
// DEFINE: %{listed} = 16
// DEFINE: %{compile} = sed 's/LISTED/%{listed}/g' %s > %t.mlir && foveac %t.mlir --target=%{target} --emit=bundle --report -o %t.fovea
// RUN: %{compile} 2>&1 | FileCheck %s
// REDEFINE: %{listed} = 128
// RUN: %{compile} 2>&1 | FileCheck %s
// REDEFINE: %{target} = sm_80
// RUN: %{compile} 2>&1 | FileCheck %s
// REDEFINE: %{listed} = 16
// RUN: %{compile} 2>&1 | FileCheck %s
// CHECK: kernel {{.*}} spills
// CHECK: lists_invert_lists 1024 {{.*}} 0 B
// CHECK: lists_invert_lists 1024/32/2/1
// CHECK-NOT: is not taken

!lists = tensor<?x4xLISTEDxi32>
!bounds = tensor<?x4x2xi32>
func.func @lists(%i: !lists {attn.name = "indices"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"})
    -> (!bounds {attn.name = "bounds"}, !lists {attn.name = "entries"}) {
  %bounds, %entries = attn.invert_lists %i over %cu block 64 : !lists, tensor<?xi32> -> !bounds, !lists
  return %bounds, %entries : !bounds, !lists
}
