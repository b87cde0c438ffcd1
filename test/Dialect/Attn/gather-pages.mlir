// RUN: fovea-opt %s --verify-roundtrip | FileCheck %s

// Keys and values of one cache, heads before slots, and arrays of their own.
// CHECK-LABEL: @interleaved
// CHECK: %[[K:.+]] = attn.gather_pages %{{.+}} through %[[TABLE:.+]] heads_first : tensor<?x4x128x256xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
// CHECK: %[[V:.+]] = attn.gather_pages %{{.+}} through %[[TABLE]] heads_first columns 128 : tensor<?x4x128x256xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
// CHECK: attn.attend %{{.+}} sees #attn.window<512> in %[[K]], %[[V]]
func.func @interleaved(%q: tensor<?x64x128xbf16>, %cache: tensor<?x4x128x256xbf16>, %table: tensor<?xi32>,
                       %cuq: tensor<?xi32>, %cuk: tensor<?xi32>, %used: tensor<?xi32>) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : tensor<?xi32>, tensor<?xi32>, tensor<?xi32>
  %k = attn.gather_pages %cache through %table heads_first
      : tensor<?x4x128x256xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
  %v = attn.gather_pages %cache through %table heads_first columns 128
      : tensor<?x4x128x256xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
  %o, %lse = attn.attend %q sees #attn.window<512> in %k, %v, %batch
      : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, !attn.batch
      -> tensor<?x64x128xbf16>, tensor<?x64xf32>
  return
}

// The first column is 0 unless it is said; static rows are those of the table.
// CHECK-LABEL: @static_rows
// CHECK: attn.gather_pages %{{.+}} through %{{.+}} : tensor<9x1x2x16xf32>, tensor<5xi32> -> tensor<5x2x16xf32>
// CHECK: attn.gather_pages %{{.+}} through %{{.+}} columns 8 : tensor<?x16x2x16xf32>, tensor<5xi32> -> tensor<80x2x8xf32>
func.func @static_rows(%one: tensor<9x1x2x16xf32>, %cache: tensor<?x16x2x16xf32>, %table: tensor<5xi32>) {
  %0 = attn.gather_pages %one through %table columns 0 : tensor<9x1x2x16xf32>, tensor<5xi32> -> tensor<5x2x16xf32>
  %1 = attn.gather_pages %cache through %table columns 8 : tensor<?x16x2x16xf32>, tensor<5xi32> -> tensor<80x2x8xf32>
  return
}
