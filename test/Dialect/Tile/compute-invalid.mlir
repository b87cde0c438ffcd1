// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @dot_c1(%a: tensor<4x16xf32>, %b: tensor<8x4xf32>, %c: tensor<4x4xf32>) {
  // expected-error @+1 {{'tile.dot' op expected inner dims to agree, got 16 and 8}}
  %0 = tile.dot %a, %b, %c : tensor<4x16xf32>, tensor<8x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @dot_c1_transposed(%a: tensor<4x16xf32>, %b: tensor<8x4xf32>, %c: tensor<4x8xf32>) {
  // expected-error @+1 {{'tile.dot' op expected inner dims to agree, got 16 and 4}}
  %0 = tile.dot %a, %b, %c transpose_rhs : tensor<4x16xf32>, tensor<8x4xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @dot_c2(%a: tensor<4x16xf32>, %b: tensor<16x8xf32>, %c: tensor<4x4xf32>) {
  // expected-error @+1 {{'tile.dot' op expected a result of 4 x 8, got 'tensor<4x4xf32>'}}
  %0 = tile.dot %a, %b, %c : tensor<4x16xf32>, tensor<16x8xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @reduce_c1(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.reduce' op expected axis below rank 1, got 1}}
  %0 = tile.reduce add %x axis 1 by 2 : tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<8x4xf32>) {
  // expected-error @+1 {{'tile.reduce' op expected the group to divide the axis, got 3 and 8}}
  %0 = tile.reduce add %x axis 0 by 3 : tensor<8x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @reduce_c2_zero(%x: tensor<8x4xf32>) {
  // expected-error @+1 {{'tile.reduce' op expected the group to divide the axis, got 0 and 8}}
  %0 = tile.reduce add %x axis 0 by 0 : tensor<8x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @reduce_c3(%x: tensor<8x4xf32>) {
  // expected-error @+1 {{'tile.reduce' op expected the reduced shape, got 'tensor<8xf32>'}}
  %0 = tile.reduce add %x axis 0 : tensor<8x4xf32> -> tensor<8xf32>
  return
}

// -----

func.func @reduce_c4(%x: tensor<8x4xi32>) {
  // expected-error @+1 {{'tile.reduce' op expected f32 elements, got 'tensor<8x4xi32>' and 'tensor<8xi32>'}}
  %0 = tile.reduce add %x axis 1 : tensor<8x4xi32> -> tensor<8xi32>
  return
}

// -----

func.func @reduce_c5(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.reduce' op expected a tile of rank 2 without `by`, got 'tensor<8xf32>'}}
  %0 = tile.reduce add %x axis 0 : tensor<8xf32> -> tensor<1xf32>
  return
}

// -----

// Its rows are two warpgroups', which do not wait for one another.
!sums = tensor<128x32xf32, #tile.fragment<warps = 8>>
func.func @reduce_c6(%x: !sums) {
  // expected-error @+1 {{'tile.reduce' op expected rows of one warpgroup, a divisor of 64, got groups of 128}}
  %0 = tile.reduce add %x axis 0 by 128 : !sums -> tensor<1x32xf32, #tile.scratch<warps = 8>>
  return
}

// -----

func.func @reduce_axis(%x: tensor<8x4xf32>) {
  // expected-error @+1 {{'tile.reduce' op attribute 'axis' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 0 whose maximum value is 1}}
  %0 = tile.reduce add %x axis 2 : tensor<8x4xf32> -> tensor<8xf32>
  return
}

// -----

func.func @broadcast_c1(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.broadcast' op expected 'tensor<8xf32>' to fit the axis that stays, got 'tensor<4x8xf32>'}}
  %0 = tile.broadcast %x axis 1 : tensor<8xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @broadcast_c1_rank(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.broadcast' op expected 'tensor<8xf32>' to fit the axis that stays, got 'tensor<8xf32>'}}
  %0 = tile.broadcast %x axis 0 : tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @broadcast_c1_type(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.broadcast' op expected 'tensor<8xf32>' to fit the axis that stays, got 'tensor<8x4xf16>'}}
  %0 = tile.broadcast %x axis 1 : tensor<8xf32> -> tensor<8x4xf16>
  return
}

// -----

func.func @repeat_c1(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.repeat' op expected a result 4 times as long, got 'tensor<8xf32>' and 'tensor<31xf32>'}}
  %0 = tile.repeat %x by 4 : tensor<8xf32> -> tensor<31xf32>
  return
}

// -----

func.func @repeat_c1_type(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.repeat' op expected a result 4 times as long, got 'tensor<8xf32>' and 'tensor<32xf16>'}}
  %0 = tile.repeat %x by 4 : tensor<8xf32> -> tensor<32xf16>
  return
}

// -----

func.func @repeat_c1_overflow(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.repeat' op attribute 'times' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 2147483647}}
  %0 = tile.repeat %x by 2305843009213693953 : tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @repeat_c2(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.repeat' op attribute 'times' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = tile.repeat %x by 0 : tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @positions_c1(%i: index) {
  // expected-error @+1 {{'tile.positions' op attribute 'repeat' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = tile.positions %i repeat 0 : tensor<8xi32>
  return
}

// -----

func.func @as_operand_c1(%x: tensor<8x8xf32>) {
  // expected-error @+1 {{'tile.as_operand' op attribute 'element' failed to satisfy constraint: type attribute of 16-bit float or bfloat16 type}}
  %0 = tile.as_operand %x beside f32 : tensor<8x8xf32>
  return
}
