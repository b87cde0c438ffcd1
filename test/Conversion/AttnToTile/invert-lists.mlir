// RUN: fovea-opt %s --attn-choose-schedules --convert-attn-to-tile --canonicalize --cse | FileCheck %s
// RUN: fovea-opt %s --fovea-attn-to-tile=target=sm_90a -o %t.logical
// RUN: FileCheck %s --check-prefix=GPU --input-file=%t.logical
// RUN: fovea-opt %t.logical --fovea-place-tiles | FileCheck %s --check-prefix=PLACED

// As many tokens as have fewer than 2^31 entries of 2 heads of 3 each.
// CHECK-LABEL: func.func @invert
// CHECK-SAME: tile.most_tokens = 357913941

// Programs of 256 blocks, whose runs of rows include those of no sequence.
// CHECK: tile.launch @invert_invert_lists
// CHECK-LABEL: tile.kernel private @invert_invert_lists
// CHECK-SAME: (%[[LISTS:.+]]: memref<?x2x3xi32>, %{{.+}}: memref<?xi32>, %[[BOUNDS:.+]]: memref<?x2x2xi32>, %[[ENTRIES:.+]]: memref<?x2x3xi32>)
// CHECK: %{{.+}}, %[[BASE:.+]], %[[LENGTH:.+]], %[[FIRST:.+]], %[[KEYS:.+]] = tile.locate %{{.+}} step 16384
// CHECK: %[[SOME:.+]] = arith.cmpi slt, %[[FIRST]], %[[LENGTH]]
// CHECK: scf.if %[[SOME]]
// CHECK: %[[HEAD:.+]] = tile.program_id 1
// CHECK: tile.invert_lists %[[LISTS]] into %[[BOUNDS]], %[[ENTRIES]] at %[[BASE]], %[[HEAD]] of %[[LENGTH]] keys %[[KEYS]] from %[[FIRST]] blocks 256 of 64 by 16

// A block for each lane of a GPU, and as many warps as there are.
// GPU: tile.locate %{{.+}} step 2048
// GPU: tile.invert_lists {{.+}} blocks 32 of 64 by 1024
// PLACED: tile.specialize producer {
// PLACED-NEXT: } consumers 32 {
// PLACED: tile.invert_lists
func.func @invert(%i: tensor<?x2x3xi32>, %cu: tensor<?xi32>) -> (tensor<?x2x2xi32>, tensor<?x2x3xi32>) {
  %bounds, %entries = attn.invert_lists %i over %cu block 64
      : tensor<?x2x3xi32>, tensor<?xi32> -> tensor<?x2x2xi32>, tensor<?x2x3xi32>
  return %bounds, %entries : tensor<?x2x2xi32>, tensor<?x2x3xi32>
}
