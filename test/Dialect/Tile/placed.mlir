// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: tile.kernel @roles
// CHECK:   tile.specialize producer {
// CHECK:     tile.put %[[RING:.+]] at %[[N:.+]], %{{.+}}[%{{.+}}, %{{.+}}, %{{.+}}] sizes [64, 1, 128] : <3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>, memref<?x4x128xbf16>
// CHECK:   } consumers 8 {
// CHECK:     tile.get %[[RING]] at %[[N]] : <3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
// CHECK:     tile.release %[[RING]] at %[[N]] : <3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @roles(%view: memref<?x4x128xbf16>, %row: index, %head: index) {
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
  %n = arith.constant 0 : i32
  tile.specialize producer {
    tile.put %ring at %n, %view[%row, %head, %c0] sizes [64, 1, 128]
        : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>, memref<?x4x128xbf16>
  } consumers 8 {
    %k = tile.get %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
    tile.release %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
  }
  tile.return
}

// Values beside matrices, some of whose rows are not there.
// CHECK-LABEL: tile.kernel @values
// CHECK:   tile.put %{{.+}} at %{{.+}}, %{{.+}}[%{{.+}}, %{{.+}}] sizes [4, 16] count %{{.+}} : <3 x tensor<64xf32, #tile.shared_values>>, memref<?x64xf32>
// CHECK:   tile.put %{{.+}} at %{{.+}}, %{{.+}}[%{{.+}}, %{{.+}}] sizes [4, 16] within 12 count %{{.+}} : <3 x
// CHECK:   tile.read %{{.+}} : tensor<64xf32, #tile.shared_values> -> tensor<64xf32, #tile.fragment_columns<warps = 4>>
tile.kernel @values(%view: memref<?x4x128xbf16>, %lse: memref<?x64xf32>, %row: index, %head: index, %count: index) {
  %c0 = arith.constant 0 : index
  %ring = tile.make_ring : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
  %numbers = tile.make_ring : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>
  %n = arith.constant 0 : i32
  %next = arith.constant 1 : i32
  tile.specialize producer {
    tile.put %ring at %n, %view[%row, %head, %c0] sizes [64, 1, 128]
        : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>, memref<?x4x128xbf16>
    tile.put %numbers at %n, %lse[%row, %head] sizes [4, 16] count %count
        : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>, memref<?x64xf32>
    tile.put %numbers at %next, %lse[%row, %head] sizes [4, 16] within 12 count %count
        : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>, memref<?x64xf32>
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
    tile.release %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
    %slot = tile.get %numbers at %n : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>
    %v = tile.read %slot : tensor<64xf32, #tile.shared_values> -> tensor<64xf32, #tile.fragment_columns<warps = 4>>
    tile.release %numbers at %n : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>
    %last = tile.get %numbers at %next : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>
    tile.release %numbers at %next : !tile.ring<3 x tensor<64xf32, #tile.shared_values>>
  }
  tile.return
}

// CHECK-LABEL: tile.kernel @no_producer
// CHECK:   tile.specialize producer {
// CHECK-NEXT: } consumers 4 {
// CHECK-NEXT: }
tile.kernel @no_producer() {
  tile.specialize producer {
  } consumers 4 {
  }
  tile.return
}

// CHECK-LABEL: @programs
// CHECK: tile.for_programs head_by_head : (%{{.+}}: index, %{{.+}}: index) carry(%[[I:.+]] = %{{.+}} : i32) {
// CHECK:   tile.yield %[[I]] : i32
// CHECK: tile.for_programs last_tile_first : (%{{.+}}: index, %{{.+}}: index) {
// CHECK-NOT: tile.yield
// CHECK: return
func.func @programs(%zero: i32) -> i32 {
  %n = tile.for_programs head_by_head : (%tile: index, %head: index)
      carry(%i = %zero : i32) {
    tile.yield %i : i32
  }
  tile.for_programs last_tile_first : (%tile: index, %head: index) {
  }
  return %n : i32
}

// CHECK-LABEL: tile.kernel @rings
// CHECK: tile.make_ring : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
// CHECK: tile.make_ring : !tile.visit_ring<4 x 12>
tile.kernel @rings() {
  %r = tile.make_ring : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
  %v = tile.make_ring : !tile.visit_ring<4 x 12>
  tile.return
}

// A box of several dims is a tile of their product, and a copy of 256 rows is the tallest. The first dim may be gathered.
// CHECK-LABEL: @boxes
// CHECK: tile.put %{{.+}} at %{{.+}}, %{{.+}} sizes [4, 16, 64]
// CHECK: tile.put %{{.+}} at %{{.+}}, %{{.+}} sizes [256, 32]
// CHECK: tile.put %{{.+}} at %{{.+}}, %{{.+}} rows %{{.+}} sizes [4, 16, 64] : <1 x {{.+}}>, memref<?x16x64xf16>, tensor<4xi32, #tile.lane_columns<warps = 4>>
func.func @boxes(%packed: !tile.ring<1 x tensor<64x64xf16, #tile.shared<swizzle = 128>>>,
                 %tall: !tile.ring<2 x tensor<256x32xf16, #tile.shared<swizzle = 64>>>,
                 %x: memref<?x16x64xf16>, %y: memref<?x32xf16>, %i: index, %n: i32,
                 %rows: tensor<4xi32, #tile.lane_columns<warps = 4>>) {
  tile.put %packed at %n, %x[%i, %i, %i] sizes [4, 16, 64]
      : !tile.ring<1 x tensor<64x64xf16, #tile.shared<swizzle = 128>>>, memref<?x16x64xf16>
  tile.put %tall at %n, %y[%i, %i] sizes [256, 32]
      : !tile.ring<2 x tensor<256x32xf16, #tile.shared<swizzle = 64>>>, memref<?x32xf16>
  tile.put %packed at %n, %x[%i, %i, %i] rows %rows sizes [4, 16, 64]
      : !tile.ring<1 x tensor<64x64xf16, #tile.shared<swizzle = 128>>>, memref<?x16x64xf16>, tensor<4xi32, #tile.lane_columns<warps = 4>>
  return
}

// Visits: what one side posts the other takes.
// CHECK-LABEL: @visits
// CHECK: tile.post %{{.+}} at %{{.+}} visit %{{.+}}, %{{.+}}, %{{.+}} : <4 x 12>, tensor<12xi1, #tile.bits>
// CHECK: tile.post %{{.+}} at %{{.+}} : <4 x 12>{{$}}
// CHECK-LABEL: @consumer
// CHECK: tile.take %{{.+}} at %{{.+}} : <4 x 12> -> tensor<12xi1, #tile.bits>
// CHECK: tile.any_token %{{.+}} heads 16 : tensor<12xi1, #tile.bits>
func.func @visits(%visits: !tile.visit_ring<4 x 12>, %n: i32, %block: index,
                  %tokens: tensor<12xi1, #tile.bits>, %masked: i1) {
  tile.post %visits at %n visit %block, %tokens, %masked
      : !tile.visit_ring<4 x 12>, tensor<12xi1, #tile.bits>
  tile.post %visits at %n : !tile.visit_ring<4 x 12>
  return
}
func.func @consumer(%visits: !tile.visit_ring<4 x 12>, %n: i32) -> i1 {
  %more, %block, %tokens, %masked = tile.take %visits at %n
      : !tile.visit_ring<4 x 12> -> tensor<12xi1, #tile.bits>
  %some = tile.any_token %tokens heads 16 : tensor<12xi1, #tile.bits>
  return %some : i1
}

// CHECK-LABEL: @products
// CHECK: %[[P:.+]] = tile.issue_dot %{{.+}}, %{{.+}}, %{{.+}} transpose_rhs : tensor<64x128xbf16, #tile.shared<swizzle = 128>>, tensor<64x128xbf16, #tile.shared<swizzle = 128>>, tensor<64x64xf32, #tile.fragment<warps = 4>>
// CHECK: tile.wait %[[P]] newer 0 : <tensor<64x64xf32, #tile.fragment<warps = 4>>>
func.func @products(%q: tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
                    %k: tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
                    %zero: tensor<64x64xf32, #tile.fragment<warps = 4>>)
    -> tensor<64x64xf32, #tile.fragment<warps = 4>> {
  %p = tile.issue_dot %q, %k, %zero transpose_rhs
      : tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
        tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
        tensor<64x64xf32, #tile.fragment<warps = 4>>
  %s = tile.wait %p newer 0 : !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>
  return %s : tensor<64x64xf32, #tile.fragment<warps = 4>>
}

// The left-hand side in registers; a slot that goes back behind the wait of the product
// that reads it, while a newer one runs.
// CHECK-LABEL: @slot_is_read_until_the_wait
// CHECK: tile.clear_rows %[[V:.+]] from %{{.+}} : tensor<64x128xbf16, #tile.shared<swizzle = 128>>
// CHECK: tile.issue_dot %{{.+}}, %[[V]], %{{.+}} : tensor<64x64xbf16, #tile.fragment<warps = 4>>
// CHECK: tile.wait %{{.+}} newer 1
// CHECK: tile.release
// CHECK: tile.wait %{{.+}} newer 0
func.func @slot_is_read_until_the_wait(
    %ring: !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>, %n: i32,
    %other: tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
    %count: index, %p: tensor<64x64xbf16, #tile.fragment<warps = 4>>,
    %acc: tensor<64x128xf32, #tile.fragment<warps = 4>>) {
  %v = tile.get %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
  tile.clear_rows %v from %count : tensor<64x128xbf16, #tile.shared<swizzle = 128>>
  %o = tile.issue_dot %p, %v, %acc
      : tensor<64x64xbf16, #tile.fragment<warps = 4>>,
        tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
        tensor<64x128xf32, #tile.fragment<warps = 4>>
  %next = tile.issue_dot %p, %other, %acc
      : tensor<64x64xbf16, #tile.fragment<warps = 4>>,
        tensor<64x128xbf16, #tile.shared<swizzle = 128>>,
        tensor<64x128xf32, #tile.fragment<warps = 4>>
  %sum = tile.wait %o newer 1 : !tile.pending<tensor<64x128xf32, #tile.fragment<warps = 4>>>
  tile.release %ring at %n : !tile.ring<3 x tensor<64x128xbf16, #tile.shared<swizzle = 128>>>
  %last = tile.wait %next newer 0 : !tile.pending<tensor<64x128xf32, #tile.fragment<warps = 4>>>
  return
}

// Two products run at once; what is made of the tile that goes through stays behind the
// second wait.
// CHECK-LABEL: func.func @turns
// CHECK: tile.await_turn
// CHECK: tile.pass_turn
// CHECK: tile.wait %{{.+}} newer 1 : <tensor<64x64xf32, #tile.fragment<warps = 4>>>
// CHECK: %{{.+}}, %[[X:.+]] = tile.wait %{{.+}} newer 0 through %{{.+}} : <tensor<64x64xf32, #tile.fragment<warps = 4>>>, tensor<64x64xf32, #tile.fragment<warps = 4>>
// CHECK: arith.truncf %[[X]]
func.func @turns(%a: tensor<64x64xbf16, #tile.shared<swizzle = 128>>, %p: tensor<64x64xbf16, #tile.fragment<warps = 4>>,
    %acc: tensor<64x64xf32, #tile.fragment<warps = 4>>) -> tensor<64x64xbf16, #tile.fragment<warps = 4>> {
  tile.await_turn
  %s = tile.issue_dot %a, %a, %acc transpose_rhs
      : tensor<64x64xbf16, #tile.shared<swizzle = 128>>, tensor<64x64xbf16, #tile.shared<swizzle = 128>>,
        tensor<64x64xf32, #tile.fragment<warps = 4>>
  %o = tile.issue_dot %p, %a, %acc
      : tensor<64x64xbf16, #tile.fragment<warps = 4>>, tensor<64x64xbf16, #tile.shared<swizzle = 128>>,
        tensor<64x64xf32, #tile.fragment<warps = 4>>
  tile.pass_turn
  %t = tile.wait %s newer 1 : !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>
  %w = math.exp2 %t : tensor<64x64xf32, #tile.fragment<warps = 4>>
  %u, %x = tile.wait %o newer 0 through %w
      : !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>,
        tensor<64x64xf32, #tile.fragment<warps = 4>>
  %r = arith.truncf %x : tensor<64x64xf32, #tile.fragment<warps = 4>> to tensor<64x64xbf16, #tile.fragment<warps = 4>>
  return %r : tensor<64x64xbf16, #tile.fragment<warps = 4>>
}
