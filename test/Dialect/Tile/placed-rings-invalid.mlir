// RUN: fovea-opt %s -split-input-file -verify-diagnostics

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c1(%ring: !ring, %x: memref<?x64xbf16>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected 2 offsets and sizes, got 1 and 2}}
  tile.put %ring at %n, %x[%i] sizes [64, 64] : !ring, memref<?x64xbf16>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c1_sizes(%ring: !ring, %x: memref<?x64xbf16>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected 2 offsets and sizes, got 2 and 3}}
  tile.put %ring at %n, %x[%i, %i] sizes [64, 1, 64] : !ring, memref<?x64xbf16>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c2(%ring: !ring, %x: memref<?x64xbf16>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected a box of the slot's shape, got [32, 64] for 'tensor<64x64xbf16, #tile.shared<swizzle = 128>>'}}
  tile.put %ring at %n, %x[%i, %i] sizes [32, 64] : !ring, memref<?x64xbf16>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c3(%ring: !ring, %x: memref<?x64xf16>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected one element type, got 'tensor<64x64xbf16, #tile.shared<swizzle = 128>>' and 'memref<?x64xf16>'}}
  tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xf16>
  return
}

// -----

!tall = !tile.ring<2 x tensor<512x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c4(%ring: !tall, %x: memref<?x64xbf16>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected sizes of 1 to 256, got 512}}
  tile.put %ring at %n, %x[%i, %i] sizes [512, 64] : !tall, memref<?x64xbf16>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c5(%ring: !ring, %x: memref<?x128xbf16>, %i: index, %n: i32) {
  %odd = arith.constant 4 : index
  // expected-error @+1 {{'tile.put' op expected a last offset of a multiple of 16 bytes, got 4 elements of 2}}
  tile.put %ring at %n, %x[%i, %odd] sizes [64, 64] : !ring, memref<?x128xbf16>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c6(%ring: !ring, %x: memref<?x16x64xbf16>, %rows: tensor<3xi32, #tile.lane_columns<warps = 4>>, %i: index, %n: i32) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.put' op expected rows of as many elements as the first of sizes, got 'tensor<3xi32, #tile.lane_columns<warps = 4>>' for [4, 16, 64]}}
  tile.put %ring at %n, %x[%i, %c0, %c0] rows %rows sizes [4, 16, 64] : !ring, memref<?x16x64xbf16>, tensor<3xi32, #tile.lane_columns<warps = 4>>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @put_c7(%ring: !ring, %x: memref<?x64xbf16>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected `count` and `within` with a slot of values, got 'tensor<64x64xbf16, #tile.shared<swizzle = 128>>'}}
  tile.put %ring at %n, %x[%i, %i] sizes [64, 64] count %i : !ring, memref<?x64xbf16>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64xf32, #tile.shared_values>>
func.func @put_c4_values(%ring: !ring, %x: memref<?x64xf32>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected sizes of 1 to 256, got -4}}
  tile.put %ring at %n, %x[%i, %i] sizes [-4, -16] : !ring, memref<?x64xf32>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64xf32, #tile.shared_values>>
func.func @put_c7_within(%ring: !ring, %x: memref<?x64xf32>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected `within` to be 1 to the second size, got 17 of [4, 16]}}
  tile.put %ring at %n, %x[%i, %i] sizes [4, 16] within 17 : !ring, memref<?x64xf32>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64xf32, #tile.shared_values>>
func.func @put_c2_values(%ring: !ring, %x: memref<?x64xf32>, %i: index, %n: i32) {
  // expected-error @+1 {{'tile.put' op expected a box of the slot's shape, got [4, 8] for 'tensor<64xf32, #tile.shared_values>'}}
  tile.put %ring at %n, %x[%i, %i] sizes [4, 8] : !ring, memref<?x64xf32>
  return
}

// -----

func.func @read_c1(%v: tensor<64xf32, #tile.fragment_rows<warps = 4>>) {
  // expected-error @+1 {{'tile.read' op expected values in shared memory as a fragment's columns, got 'tensor<64xf32, #tile.fragment_rows<warps = 4>>' as 'tensor<64xf32, #tile.fragment_columns<warps = 4>>'}}
  %r = tile.read %v : tensor<64xf32, #tile.fragment_rows<warps = 4>> -> tensor<64xf32, #tile.fragment_columns<warps = 4>>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c1(%ring: !ring, %n: i32) {
  // expected-error @+1 {{'tile.get' op expected one tile.release of its ring and number in its block, got 0}}
  %k = tile.get %ring at %n : !ring
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c1_twice(%ring: !ring, %n: i32) {
  // expected-error @+1 {{'tile.get' op expected one tile.release of its ring and number in its block, got 2}}
  %k = tile.get %ring at %n : !ring
  tile.release %ring at %n : !ring
  tile.release %ring at %n : !ring
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c1_another_number(%ring: !ring, %n: i32, %m: i32) {
  // expected-error @+1 {{'tile.get' op expected one tile.release of its ring and number in its block, got 0}}
  %k = tile.get %ring at %n : !ring
  tile.release %ring at %m : !ring
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c1_another_block(%ring: !ring, %n: i32, %some: i1) {
  // expected-error @+1 {{'tile.get' op expected one tile.release of its ring and number in its block, got 0}}
  %k = tile.get %ring at %n : !ring
  scf.if %some {
    tile.release %ring at %n : !ring
  }
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @release_c1(%ring: !ring, %n: i32, %m: i32) {
  %k = tile.get %ring at %n : !ring
  tile.release %ring at %n : !ring
  // expected-error @+1 {{'tile.release' op expected a tile.get of its ring and number before it in its block}}
  tile.release %ring at %m : !ring
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @release_c1_before_its_get(%ring: !ring, %n: i32) {
  // expected-error @+1 {{'tile.release' op expected a tile.get of its ring and number before it in its block}}
  tile.release %ring at %n : !ring
  %k = tile.get %ring at %n : !ring
  return
}

// -----

!ring = !tile.ring<1 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c2(%ring: !ring, %n: i32, %m: i32) {
  // expected-error @+1 {{'tile.get' op expected at most 1 tiles of its ring to be held at once, got 2}}
  %k = tile.get %ring at %n : !ring
  %l = tile.get %ring at %m : !ring
  tile.release %ring at %n : !ring
  tile.release %ring at %m : !ring
  return
}

// -----

!ring = !tile.ring<3 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c2_loop(%ring: !ring, %n: i32, %m: i32, %a: index, %b: index) {
  // expected-error @+1 {{'tile.get' op expected at most 3 tiles of its ring to be held at once, got a loop's}}
  %k = tile.get %ring at %n : !ring
  scf.for %i = %a to %b step %a {
    %l = tile.get %ring at %m : !ring
    tile.release %ring at %m : !ring
  }
  tile.release %ring at %n : !ring
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c1_read_after_release(%ring: !ring, %n: i32, %count: index) {
  // expected-error @+1 {{'tile.get' op expected tile.release after the last read of the tile}}
  %k = tile.get %ring at %n : !ring
  tile.release %ring at %n : !ring
  tile.clear_rows %k from %count : tensor<64x64xbf16, #tile.shared<swizzle = 128>>
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
func.func @get_c1_nested_read_after_release(%ring: !ring, %n: i32, %count: index, %some: i1) {
  // expected-error @+1 {{'tile.get' op expected tile.release after the last read of the tile}}
  %k = tile.get %ring at %n : !ring
  tile.release %ring at %n : !ring
  scf.if %some {
    tile.clear_rows %k from %count : tensor<64x64xbf16, #tile.shared<swizzle = 128>>
  }
  return
}

// -----

func.func @post_c1(%visits: !tile.visit_ring<4 x 12>, %n: i32, %block: index,
                   %tokens: tensor<8xi1, #tile.bits>, %masked: i1) {
  // expected-error @+1 {{'tile.post' op expected a mask of 12 tokens, got 'tensor<8xi1, #tile.bits>'}}
  tile.post %visits at %n visit %block, %tokens, %masked
      : !tile.visit_ring<4 x 12>, tensor<8xi1, #tile.bits>
  return
}

// -----

func.func @post_c2(%visits: !tile.visit_ring<4 x 12>, %n: i32, %block: index) {
  // expected-error @+1 {{'tile.post' op expected block, tokens and masked, or none of them}}
  "tile.post"(%visits, %n, %block) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}>
      : (!tile.visit_ring<4 x 12>, i32, index) -> ()
  return
}

// -----

func.func @take_c1(%visits: !tile.visit_ring<4 x 12>, %n: i32) {
  // expected-error @+1 {{'tile.take' op expected a mask of 12 tokens, got 'tensor<8xi1, #tile.bits>'}}
  %0:4 = tile.take %visits at %n : !tile.visit_ring<4 x 12> -> tensor<8xi1, #tile.bits>
  return
}

// -----

func.func @take_c1_type(%visits: !tile.visit_ring<4 x 12>, %n: i32) {
  // expected-error @+1 {{'tile.take' op expected a mask of 12 tokens, got 'tensor<12xi32, #tile.flat>'}}
  %0:4 = tile.take %visits at %n : !tile.visit_ring<4 x 12> -> tensor<12xi32, #tile.flat>
  return
}

// -----

func.func @any_token_c1(%tokens: tensor<12xi1, #tile.bits>) {
  // expected-error @+1 {{'tile.any_token' op attribute 'heads' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = tile.any_token %tokens heads 0 : tensor<12xi1, #tile.bits>
  return
}
