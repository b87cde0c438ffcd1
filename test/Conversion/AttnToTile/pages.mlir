// RUN: fovea-opt %s --convert-attn-to-tile --canonicalize --cse | FileCheck %s

// Keys and values are the cache's, which the kernel takes with the table; what there are rows for, whole pages, the table
// says, and each sequence begins with one. A tile of 64 keys is one copy of a page of 128, of its first or second half.
// CHECK-LABEL: func.func @within
// CHECK:         %[[ENTRIES:.+]] = memref.dim %[[TABLE:.+]], %c0 : memref<?xi32>
// CHECK:         tile.check_sequences %{{.+}}, %[[ENTRIES]] rows of 128 whole queries
// CHECK:         tile.launch @within_attend grid(%{{.+}}) (%{{.+}}, %[[CACHE:.+]], %[[TABLE]], %{{.+}}) : memref<?x8x32xbf16>, memref<?x2x128x64xbf16>, memref<?xi32>
// CHECK-LABEL: tile.kernel private @within_attend
// CHECK-SAME:    (%{{[a-z0-9]+}}: memref<?x8x32xbf16>, %[[VIEW:[a-z0-9]+]]: memref<?x2x128x64xbf16>, %[[PAGES:[a-z0-9]+]]: memref<?xi32>,
// CHECK:         %[[N:.+]] = memref.dim %[[PAGES]], %c0 : memref<?xi32>
// CHECK:         %[[TOKENS:.+]] = arith.muli %[[N]], %c128
// CHECK:         %[[BASE:.+]], %[[LENGTH:.+]] = tile.sequence %{{.+}} in %{{.+}} of %[[TOKENS]] lengths
// CHECK:         tile.for_visits
// CHECK:           %[[FIRST:.+]] = arith.muli %{{.+}}, %c64
// CHECK:           %[[COUNT:.+]] = arith.subi %[[LENGTH]], %[[FIRST]]
// CHECK:           %[[BEGIN:.+]] = arith.divui %[[BASE]], %c128
// CHECK:           %[[PAGE:.+]] = arith.divui %[[FIRST]], %c128
// CHECK:           %[[ENTRY:.+]] = arith.addi %[[BEGIN]], %[[PAGE]]
// CHECK:           %[[NUMBER:.+]] = tile.load %[[PAGES]][%[[ENTRY]]] sizes [1] count %{{.+}} : memref<?xi32> -> tensor<1xi32>
// CHECK:           %[[SLOT:.+]] = arith.remui %[[FIRST]], %c128
// CHECK:           tile.load %[[VIEW]][%c0, %[[HEAD:.+]], %[[SLOT]], %c0] rows %[[NUMBER]] sizes [1, 1, 64, 32] count %[[COUNT]] rowwise : memref<?x2x128x64xbf16>, tensor<1xi32> -> tensor<64x32xbf16>
// CHECK:           tile.load %[[VIEW]][%c0, %[[HEAD]], %[[SLOT]], %c32] rows %[[NUMBER]] sizes [1, 1, 64, 32] count %[[COUNT]] rowwise
!q = tensor<?x8x32xbf16>
!kv = tensor<?x2x32xbf16>
!cu = tensor<?xi32>
!s = tensor<?x8xf32>
func.func @within(%q: !q, %cache: tensor<?x2x128x64xbf16>, %table: !cu, %cuq: !cu, %cuk: !cu, %used: !cu) -> !q {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %k = attn.gather_pages %cache through %table heads_first : tensor<?x2x128x64xbf16>, !cu -> !kv
  %v = attn.gather_pages %cache through %table heads_first columns 32 : tensor<?x2x128x64xbf16>, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %batch {tile.schedule = #tile.schedule<tokens = 8, keys = 64>} : !q, !kv, !kv, !attn.batch -> !q, !s
  return %o : !q
}

// A tile of compressed keys is of 16 pages of 4, and one of tokens of four pages of 16.
// CHECK-LABEL: tile.kernel private @several_attend_0
// CHECK:         %[[NUMBERS:.+]] = tile.load %{{.+}}[%{{.+}}] sizes [16] count
// CHECK:         tile.load %{{.+}} rows %[[NUMBERS]] sizes [16, 4, 1, 32] count %{{.+}} rowwise : memref<?x4x2x32xbf16>, tensor<16xi32> -> tensor<64x32xbf16>
// CHECK-LABEL: tile.kernel private @several_attend(
// CHECK:         %[[NUMBERS:.+]] = tile.load %{{.+}}[%{{.+}}] sizes [4] count %{{.+}} : memref<?xi32> -> tensor<4xi32>
// CHECK:         tile.load %{{.+}}[%c0, %{{.+}}, %{{.+}}, %c0] rows %[[NUMBERS]] sizes [4, 16, 1, 32] count %{{.+}} rowwise : memref<?x16x2x32xbf16>, tensor<4xi32> -> tensor<64x32xbf16>
func.func @several(%q: !q, %cache: tensor<?x16x2x32xbf16>, %windows: tensor<?x4x2x32xbf16>, %table: !cu, %cuq: !cu, %cuk: !cu, %used: !cu) -> (!q, !q) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %k = attn.gather_pages %cache through %table : tensor<?x16x2x32xbf16>, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %batch {tile.schedule = #tile.schedule<tokens = 8, keys = 64>} : !q, !kv, !kv, !attn.batch -> !q, !s
  %kc = attn.gather_pages %windows through %table : tensor<?x4x2x32xbf16>, !cu -> !kv
  %c, %lc = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %batch {tile.schedule = #tile.schedule<tokens = 8, keys = 64>} : !q, !kv, !kv, !attn.batch -> !q, !s
  return %o, %c : !q, !q
}
