// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// What may not happen between the issue of a product and its wait.

// The product reads the slot until its wait, not until it is issued.
!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @release_before_the_wait(%q: !half, %ring: !tile.ring<2 x !half>, %n: i32, %zero: !sums) {
  // expected-error @+1 {{'tile.get' op expected tile.release after the last read of the tile}}
  %k = tile.get %ring at %n : !tile.ring<2 x !half>
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  tile.release %ring at %n : !tile.ring<2 x !half>
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

func.func @wait_c1(%p: !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>) {
  // expected-error @+1 {{'tile.wait' op attribute 'newer' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %s = tile.wait %p newer -1 : !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @wait_c2(%q: !half, %k: !half, %zero: !sums) {
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  %r = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  // expected-error @+1 {{'tile.wait' op expected at most as many newer products as were issued after its own, 1, got 2}}
  %s = tile.wait %p newer 2 : !tile.pending<!sums>
  %t = tile.wait %r newer 0 : !tile.pending<!sums>
  return
}

// -----

func.func @wait_c2_no_product(%p: !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>) {
  // expected-error @+1 {{'tile.wait' op expected the result of a tile.issue_dot}}
  %s = tile.wait %p newer 0 : !tile.pending<tensor<64x64xf32, #tile.fragment<warps = 4>>>
  return
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c4(%q: !half, %k: !half, %zero: !sums, %some: i1) {
  // expected-error @+1 {{'tile.issue_dot' op expected its tile.wait in its block}}
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  scf.if %some {
    %s = tile.wait %p newer 0 : !tile.pending<!sums>
  }
  return
}

// -----

// The next probabilities are converted while a product reads the last ones.
!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!left = tensor<64x64xbf16, #tile.fragment<warps = 4>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @issue_dot_c5(%p: !left, %v: !half, %acc: !sums, %next: !sums) -> !left {
  // expected-note @+1 {{issued here}}
  %r = tile.issue_dot %p, %v, %acc : !left, !half, !sums
  // expected-error @+1 {{'arith.truncf' op expected a fragment of 16-bit elements to be made after the wait of a product that reads one from registers}}
  %q = arith.truncf %next : !sums to !left
  %s = tile.wait %r newer 0 : !tile.pending<!sums>
  return %q : !left
}

// -----

!half = tensor<64x64xbf16, #tile.shared<swizzle = 128>>
!sums = tensor<64x64xf32, #tile.fragment<warps = 4>>
func.func @clear_rows_c2(%q: !half, %k: !half, %zero: !sums, %left: index, %some: i1) {
  // expected-note @+1 {{issued here}}
  %p = tile.issue_dot %q, %k, %zero : !half, !half, !sums
  scf.if %some {
    // expected-error @+1 {{'tile.clear_rows' op expected no product that reads the tile to run}}
    tile.clear_rows %k from %left : !half
  }
  %s = tile.wait %p newer 0 : !tile.pending<!sums>
  return
}

// -----

func.func @clear_rows_c1(%k: tensor<64x64xf32, #tile.fragment<warps = 4>>, %count: index) {
  // expected-error @+1 {{'tile.clear_rows' op expected a tile in shared memory, got 'tensor<64x64xf32, #tile.fragment<warps = 4>>'}}
  tile.clear_rows %k from %count : tensor<64x64xf32, #tile.fragment<warps = 4>>
  return
}
