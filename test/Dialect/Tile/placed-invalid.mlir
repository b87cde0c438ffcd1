// RUN: fovea-opt %s -split-input-file -verify-diagnostics

tile.kernel @specialize_c1() {
  // expected-error @+1 {{'tile.specialize' op attribute 'warps' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  tile.specialize producer {
  } consumers 0 {
  }
  tile.return
}

// -----

func.func @specialize_elsewhere() {
  // expected-error @+1 {{'tile.specialize' op expects parent op 'tile.kernel'}}
  tile.specialize producer {
  } consumers 4 {
  }
  return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c2_producer_gets(%n: i32) {
  %ring = tile.make_ring : !ring
  // expected-error @+1 {{'tile.specialize' op expected the producer to put and the consumers to get, got tile.get on the other side}}
  tile.specialize producer {
    %k = tile.get %ring at %n : !ring
    tile.release %ring at %n : !ring
  } consumers 4 {
  }
  tile.return
}

// -----

tile.kernel @specialize_c2_producer_takes(%n: i32) {
  %visits = tile.make_ring : !tile.visit_ring<4 x 12>
  // expected-error @+1 {{'tile.specialize' op expected the producer to put and the consumers to get, got tile.take on the other side}}
  tile.specialize producer {
    %0:4 = tile.take %visits at %n : !tile.visit_ring<4 x 12> -> tensor<12xi1, #tile.bits>
  } consumers 4 {
  }
  tile.return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c2_consumers_put(%x: memref<?x64xbf16>, %i: index, %n: i32) {
  %ring = tile.make_ring : !ring
  // expected-error @+1 {{'tile.specialize' op expected the producer to put and the consumers to get, got tile.put on the other side}}
  tile.specialize producer {
  } consumers 4 {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  }
  tile.return
}

// -----

tile.kernel @specialize_c2_consumers_post(%n: i32) {
  %visits = tile.make_ring : !tile.visit_ring<4 x 12>
  // expected-error @+1 {{'tile.specialize' op expected the producer to put and the consumers to get, got tile.post on the other side}}
  tile.specialize producer {
  } consumers 4 {
    tile.post %visits at %n : !tile.visit_ring<4 x 12>
  }
  tile.return
}

// -----

!ring = !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
tile.kernel @specialize_c3_no_consumer(%x: memref<?x64xbf16>, %i: index, %n: i32) {
  %ring = tile.make_ring : !ring
  // expected-error @+1 {{'tile.specialize' op expected consumers for every ring, got none for '!tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>'}}
  tile.specialize producer {
    tile.put %ring at %n, %x[%i, %i] sizes [64, 64] : !ring, memref<?x64xbf16>
  } consumers 4 {
  }
  tile.return
}

// -----

tile.kernel @specialize_c3_no_producer(%n: i32) {
  %visits = tile.make_ring : !tile.visit_ring<4 x 12>
  // expected-error @+1 {{'tile.specialize' op expected a producer for every ring, got none for '!tile.visit_ring<4 x 12>'}}
  tile.specialize producer {
  } consumers 4 {
    %0:4 = tile.take %visits at %n : !tile.visit_ring<4 x 12> -> tensor<12xi1, #tile.bits>
  }
  tile.return
}

// -----

func.func @for_programs_order() {
  // expected-error @+1 {{expected last_tile_first or head_by_head, got backwards}}
  tile.for_programs backwards : (%tile: index, %head: index) {
  }
  return
}

// -----

func.func @for_programs_c1() {
  // expected-error @+1 {{'tile.for_programs' op expected body arguments of 2 indices and the carried values, got ('index', 'i32')}}
  tile.for_programs head_by_head : (%tile: index, %head: i32) {
  }
  return
}

// -----

func.func @for_programs_c1_too_few() {
  // expected-error @+1 {{'tile.for_programs' op expected body arguments of 2 indices and the carried values, got ('index')}}
  tile.for_programs head_by_head : (%tile: index) {
  }
  return
}

// -----

func.func @for_programs_c2(%zero: i32) {
  // expected-error @+1 {{'tile.for_programs' op expected the yield to have the carried types ('i32'), got ('index')}}
  %n = tile.for_programs head_by_head : (%tile: index, %head: index)
      carry(%i = %zero : i32) {
    tile.yield %tile : index
  }
  return
}

// -----

func.func @make_ring_elsewhere() {
  // expected-error @+1 {{'tile.make_ring' op expects parent op 'tile.kernel'}}
  %v = tile.make_ring : !tile.visit_ring<4 x 12>
  return
}
