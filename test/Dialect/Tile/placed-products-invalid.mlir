// RUN: fovea-opt %s -split-input-file -verify-diagnostics

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c1(%q: tensor<64x32xbf16, #tile.shared<swizzle = 64>>, %k: !half, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected dims that agree, got 'tensor<64x32xbf16, #tile.shared<swizzle = 64>>', 'tensor<64x64xbf16, #tile.shared<swizzle = 128>>' and 'tensor<64x64xf32, #tile.fragment<warps = 4>>'}}
  %p = tile.issue_dot %q, %k, %zero : tensor<64x32xbf16, #tile.shared<swizzle = 64>>, !half, !sums
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c1_transposed(%q: !half, %k: tensor<32x64xbf16, #tile.shared<swizzle = 128>>, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected dims that agree, got}}
  %p = tile.issue_dot %q, %k, %zero transpose_rhs
      : !half, tensor<32x64xbf16, #tile.shared<swizzle = 128>>, !sums
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c2_rhs(%q: !half, %k: tensor<64x64xbf16, #tile.fragment<warps = 4>>, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected rhs in shared memory, acc in a fragment, and lhs of rhs' type in either, got 'tensor<64x64xbf16, #tile.shared<swizzle = 128>>', 'tensor<64x64xbf16, #tile.fragment<warps = 4>>' and 'tensor<64x64xf32, #tile.fragment<warps = 4>>'}}
  %p = tile.issue_dot %q, %k, %zero : !half, tensor<64x64xbf16, #tile.fragment<warps = 4>>, !sums
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!lanes = tensor<64x64xf32, #tile.lanes<warps = 4>>
func.func @issue_dot_c2_acc(%q: !half, %k: !half, %zero: !lanes) {
  // expected-error @+1 {{'tile.issue_dot' op expected rhs in shared memory, acc in a fragment, and lhs of rhs' type in either, got}}
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !lanes
  %s = tile.wait %p newer 0 : !tile.pending<!lanes>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c2_lhs_of_f32(%q: !sums, %k: !half, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected rhs in shared memory, acc in a fragment, and lhs of rhs' type in either, got}}
  %p = tile.issue_dot %q, %k, %zero : !sums, !half, !sums
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c2_lhs_without_place(%q: tensor<64x64xbf16>, %k: !half, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected rhs in shared memory, acc in a fragment, and lhs of rhs' type in either, got 'tensor<64x64xbf16>'}}
  %p = tile.issue_dot %q, %k, %zero : tensor<64x64xbf16>, !half, !sums
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c3(%q: !half, %k: !half, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected one tile.wait and no other use, got 0 and 0}}
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c3_twice(%q: !half, %k: !half, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected one tile.wait and no other use, got 2 and 0}}
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  %t = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c3_another_use(%q: !half, %k: !half, %zero: !sums) -> !tile.pending<!sums> {
  // expected-error @+1 {{'tile.issue_dot' op expected one tile.wait and no other use, got 1 and 1}}
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return %p : !tile.pending<!sums>
}

// -----

!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @pending_tile_is_read(%p: !tile.pending<!sums>) {
  // expected-error @+1 {{'tile.reduce' op operand #0 must be static non-empty tile}}
  %m = "tile.reduce"(%p) <{kind = 1 : i32, axis = 1 : i64}>
      : (!tile.pending<!sums>) -> tensor<64xf32, #tile.fragment_rows<warps = 4>>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @pending_tile_is_read_beside_its_wait(%q: !half, %k: !half, %zero: !sums) {
  // expected-error @+1 {{'tile.issue_dot' op expected one tile.wait and no other use, got 1 and 1}}
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  %m = "tile.reduce"(%p) <{kind = 1 : i32, axis = 1 : i64}>
      : (!tile.pending<!sums>) -> tensor<64xf32, #tile.fragment_rows<warps = 4>>
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

tile.kernel @wait_c3(%x: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : tensor<64x64xf32, #tile.fragment<warps = 4>>
  %ring = tile.make_ring : !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
  tile.specialize producer {
  } consumers 4 {
    %k = tile.get %ring at %n : !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
    %p = tile.issue_dot %k, %k, %zero transpose_rhs : tensor<64x64xbf16, #tile.shared<swizzle = 128>>, tensor<64x64xbf16, #tile.shared<swizzle = 128>>, tensor<64x64xf32, #tile.fragment<warps = 4>>
    // expected-error @+1 {{'tile.wait' op expected to take a fragment of f32 through, got 'tensor<64x64xbf16, #tile.shared<swizzle = 128>>'}}
    %s, %t = tile.wait %p newer 0 through %k : !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>, tensor<64x64xbf16, #tile.shared<swizzle = 128>>
    tile.release %ring at %n : !tile.ring<2 x tensor<64x64xbf16, #tile.shared<swizzle = 128>>>
  }
  tile.return
}

// -----

tile.kernel @turn_c1() {
  tile.specialize producer {
  } consumers 8 {
    // expected-error @+1 {{'tile.await_turn' op expected a tile.pass_turn behind it in its block}}
    tile.await_turn
    tile.await_turn
    tile.pass_turn
  }
  tile.return
}

// -----

tile.kernel @turn_c1_pass() {
  tile.specialize producer {
  } consumers 8 {
    tile.await_turn
    tile.pass_turn
    // expected-error @+1 {{'tile.pass_turn' op expected a tile.await_turn before it in its block}}
    tile.pass_turn
  }
  tile.return
}

// -----

tile.kernel @turn_c2(%more: i1) {
  tile.specialize producer {
  } consumers 8 {
    scf.while : () -> () {
      scf.condition(%more)
    } do {
      // expected-error @+1 {{'tile.await_turn' op expected no loop or branch around it that warpgroups take differently}}
      tile.await_turn
      tile.pass_turn
      scf.yield
    }
  }
  tile.return
}

// -----

tile.kernel @turn_c2_branch() {
  %tokens = arith.constant dense<true> : tensor<8xi1, #tile.bits>
  tile.specialize producer {
  } consumers 8 {
    %some = tile.any_token %tokens heads 16 : tensor<8xi1, #tile.bits>
    scf.if %some {
      // expected-error @+1 {{'tile.await_turn' op expected no loop or branch around it that warpgroups take differently}}
      tile.await_turn
      tile.pass_turn
    }
  }
  tile.return
}

// -----

tile.kernel @turn_c3_producer() {
  tile.specialize producer {
    // expected-error @+1 {{'tile.await_turn' op expected to be the consumers'}}
    tile.await_turn
    tile.pass_turn
  } consumers 8 {
  }
  tile.return
}

// -----

tile.kernel @turn_c3_warps() {
  tile.specialize producer {
  } consumers 10 {
    // expected-error @+1 {{'tile.await_turn' op expected consumers of whole warpgroups, at most 7, got 10 warps}}
    tile.await_turn
    tile.pass_turn
  }
  tile.return
}

// -----

tile.kernel @turn_c3_barriers() {
  tile.specialize producer {
  } consumers 32 {
    // expected-error @+1 {{'tile.await_turn' op expected consumers of whole warpgroups, at most 7, got 32 warps}}
    tile.await_turn
    tile.pass_turn
  }
  tile.return
}
