// RUN: fovea-opt %s --fovea-attn-to-tile=target=sm_90a | FileCheck %s

!q = tensor<?x4x16xbf16>
!g = tensor<?x4x2xbf16>

// An intermediate that nothing else reads has the buffer of what is stored over it, down to the result's.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: %[[A:.+]]: memref<?x4x16xbf16> {tile.rows = "tokens"}, %[[G:.+]]: memref<?x4x2xbf16> {tile.rows = "tokens"}, %[[OUT:.+]]: memref<?x4x16xbf16> {tile.output
// CHECK-NOT: memref.alloc
// CHECK: tile.launch @chain_combine {{.*}} (%[[A]], %[[G]], %[[OUT]])
// CHECK: tile.launch @[[ADD:chain_combine_[0-9]+]] {{.*}} (%[[A]], %[[G]], %[[OUT]])
// CHECK: tile.launch @[[ADD]] {{.*}} (%[[A]], %[[G]], %[[OUT]])
// CHECK: tile.kernel private @[[ADD]]({{.*}}, %[[SUM:.+]]: memref<?x4x16xbf16> {tile.in_place})
// CHECK: tile.load %[[SUM]]
// CHECK: tile.store %{{.+}}, %[[SUM]]
// CHECK: tile.kernel private @chain_combine(
// CHECK-NOT: tile.in_place
// CHECK: tile.return
func.func @chain(%a: !q, %g: !g) -> !q {
  %p = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %r = attn.combine %a gates %g columns [1] values onto %p : (!q, !g, !q) -> !q
  %o = attn.combine %a gates %g columns [1] values onto %r : (!q, !g, !q) -> !q
  return %o : !q
}

// One buffer for two that are not returned.
// CHECK-LABEL: func.func @workspace
// CHECK: %[[SUM:.+]] = memref.alloc
// CHECK-NOT: memref.alloc
// CHECK: tile.launch {{.*}}, %[[SUM]])
// CHECK: tile.launch {{.*}}, %[[SUM]])
// CHECK: tile.launch {{.*}} (%[[SUM]],
// CHECK: memref.dealloc %[[SUM]]
func.func @workspace(%a: !q, %g: !g) -> !q {
  %p = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %r = attn.combine %a gates %g columns [1] values onto %p : (!q, !g, !q) -> !q
  %o = attn.combine %r, %a gates %g values : (!q, !q, !g) -> !q
  return %o : !q
}

// An argument, and what somebody else reads or the caller gets, stay what they are.
// CHECK-LABEL: func.func @argument
// CHECK: tile.launch @[[KERNEL:argument_combine]] {{.*}} (%arg0, %arg2, %arg1, %arg3)
// CHECK: tile.kernel private @[[KERNEL]](
// CHECK-NOT: tile.in_place
// CHECK: tile.return
func.func @argument(%a: !q, %base: !q, %g: !g) -> !q {
  %o = attn.combine %a gates %g columns [0] values onto %base : (!q, !g, !q) -> !q
  return %o : !q
}

// CHECK-LABEL: func.func @returned
// CHECK: tile.launch {{.*}} (%arg0, %arg1, %arg2)
// CHECK: tile.launch {{.*}} (%arg0, %arg1, %arg2, %arg3)
func.func @returned(%a: !q, %g: !g) -> (!q, !q) {
  %p = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %o = attn.combine %a gates %g columns [1] values onto %p : (!q, !g, !q) -> !q
  return %p, %o : !q, !q
}

// CHECK-LABEL: func.func @read_elsewhere
// CHECK: %[[PART:.+]] = memref.alloc
// CHECK: tile.launch {{.*}} (%arg0, %arg1, %[[PART]])
// CHECK: tile.launch {{.*}} (%arg0, %arg1, %[[PART]], %arg2)
// CHECK: tile.launch {{.*}} (%[[PART]], %arg1, %arg3)
func.func @read_elsewhere(%a: !q, %g: !g) -> (!q, !q) {
  %p = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %o = attn.combine %a gates %g columns [1] values onto %p : (!q, !g, !q) -> !q
  %r = attn.combine %p gates %g columns [1] values : (!q, !g) -> !q
  return %o, %r : !q, !q
}

// A branch may be the sum as well: it is read once, and stays.
// CHECK-LABEL: func.func @branch_and_base
// CHECK: %[[PART:.+]] = memref.alloc
// CHECK: tile.launch {{.*}} (%[[PART]], %arg1, %arg2)
func.func @branch_and_base(%a: !q, %g: !g) -> !q {
  %p = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %o = attn.combine %p gates %g columns [1] values onto %p : (!q, !g, !q) -> !q
  return %o : !q
}

// In one kernel a sum waits where the result will be: the next attention has its registers.
// CHECK-LABEL: func.func @parked
// CHECK: tile.launch @[[KERNEL:parked_combine]] {{.*}}, %[[OUT:arg[0-9]+]])
// CHECK: tile.kernel private @[[KERNEL]]({{.*}}, %[[SUM:.+]]: memref<?x4x16xbf16> {tile.in_place})
// CHECK: tile.for_visits
// CHECK: tile.store %{{.+}}, %[[SUM]]
// CHECK: tile.for_visits
// CHECK: tile.load %[[SUM]]
// CHECK: tile.store %{{.+}}, %[[SUM]]
// CHECK-NOT: tile.store
// CHECK: tile.return
func.func @parked(%q: !q, %k: tensor<?x2x16xbf16>, %cu: tensor<?xi32>, %g: !g) -> !q {
  %a, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !q, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> !q, tensor<?x4xf32>
  %p = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %k, %cu : !q, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> !q, tensor<?x4xf32>
  %o = attn.combine %b gates %g columns [1] values onto %p : (!q, !g, !q) -> !q
  return %o : !q
}
