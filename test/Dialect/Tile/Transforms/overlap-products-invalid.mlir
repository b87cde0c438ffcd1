// RUN: fovea-opt %s --split-input-file --verify-diagnostics --tile-overlap-products

!tile = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
!bits = tensor<1xi1, #tile.bits>

// One product is not two.
// expected-error @+1 {{'tile.kernel' op expected a loop over a range of visits with one product for scores and one with values, or with more products or gathered rows, which overlap needs}}
tile.kernel @one_product(%q: memref<?x64xbf16>, %o: memref<?x64xf32>) attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %q, %c0 : memref<?x64xbf16>
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums) {
    %keys = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %s = tile.dot %keys, %keys, %acc transpose_rhs : !tile, !tile -> !sums
    tile.yield %s : !sums
  }
  tile.store %out, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// -----

!tile = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
!bits = tensor<1xi1, #tile.bits>

// The scores depend on what is accumulated: no product of the next visit can begin before.
// expected-error @+1 {{'tile.kernel' op expected a loop over a range of visits with one product for scores and one with values, or with more products or gathered rows, which overlap needs}}
tile.kernel @depends(%q: memref<?x64xbf16>, %o: memref<?x64xf32>) attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %q, %c0 : memref<?x64xbf16>
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums) {
    %keys = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %s = tile.dot %keys, %keys, %acc transpose_rhs : !tile, !tile -> !sums
    %values = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %half = arith.truncf %s : !sums to !left
    %next = tile.dot %half, %values, %acc : !left, !tile -> !sums
    tile.yield %next : !sums
  }
  tile.store %out, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// -----

!tile = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
!bits = tensor<1xi1, #tile.bits>

// What is accumulated before a visit is carried on by another name, too: a turn later it would be another.
// expected-error @+1 {{'tile.kernel' op expected a loop over a range of visits with one product for scores and one with values, or with more products or gathered rows, which overlap needs}}
tile.kernel @carried_twice(%q: memref<?x64xbf16>, %o: memref<?x64xf32>) attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %q, %c0 : memref<?x64xbf16>
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out:2 = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums, %last = %none : !sums) {
    %keys = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %s = tile.dot %keys, %keys, %none transpose_rhs : !tile, !tile -> !sums
    %values = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %half = arith.truncf %s : !sums to !left
    %twice = arith.addf %acc, %acc : !sums
    %next = tile.dot %half, %values, %twice : !left, !tile -> !sums
    tile.yield %next, %twice : !sums, !sums
  }
  tile.store %out#1, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// -----

!tile = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
!bits = tensor<1xi1, #tile.bits>

// Each product starts from zero: the last one's is the result, not their sum.
// expected-error @+1 {{'tile.kernel' op expected a loop over a range of visits with one product for scores and one with values, or with more products or gathered rows, which overlap needs}}
tile.kernel @from_zero(%q: memref<?x64xbf16>, %o: memref<?x64xf32>) attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %q, %c0 : memref<?x64xbf16>
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums) {
    %keys = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %s = tile.dot %keys, %keys, %none transpose_rhs : !tile, !tile -> !sums
    %values = tile.load %q[%block, %c0] sizes [64, 64] : memref<?x64xbf16> -> !tile
    %half = arith.truncf %s : !sums to !left
    %next = tile.dot %half, %values, %none : !left, !tile -> !sums
    tile.yield %next : !sums
  }
  tile.store %out, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}

// -----

!tile = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
!bits = tensor<1xi1, #tile.bits>

// What the pass has rotated has two products too, and would be rotated by another half.
tile.kernel @rotated(%q: memref<?x64xbf16>, %o: memref<?x64xf32>) attributes {tile.schedule = #tile.schedule<tokens = 64, keys = 64, gpu = <stages = 2, overlap = true>>} {
  %c0 = arith.constant 0 : index
  %none = arith.constant dense<0.0> : !sums
  %n = memref.dim %q, %c0 : memref<?x64xbf16>
  %visits = tile.visit_range %c0 to %n full %c0 to %n
  %out = tile.for_visits %visits : (%block: index, %tokens: !bits, %masked: i1) carry(%acc = %none : !sums) {
    // expected-error @+1 {{'tile.load' op expected a load without tile.ring: tile-overlap-products has run}}
    %keys = tile.load %q[%block, %c0] sizes [64, 64] {tile.ring = 1 : i64} : memref<?x64xbf16> -> !tile
    %s = tile.dot %keys, %keys, %none transpose_rhs : !tile, !tile -> !sums
    %values = tile.load %q[%block, %c0] sizes [64, 64] {tile.ring = 2 : i64} : memref<?x64xbf16> -> !tile
    %half = arith.truncf %s : !sums to !left
    %next = tile.dot %half, %values, %acc : !left, !tile -> !sums
    tile.yield %next : !sums
  }
  tile.store %out, %o[%c0, %c0] sizes [64, 64] : !sums, memref<?x64xf32>
  tile.return
}
