// RUN: fovea-opt %s --attn-expand-spec --split-input-file | FileCheck %s

// Queries that are the last tokens of sequences that keys hold: all is of the batch, compression of its keys.
// CHECK-LABEL: func.func @nsa_extend(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<?x8x64xbf16> {attn.name = "q"}, %[[K:[^:]+]]: tensor<?x2x64xbf16> {attn.name = "k"}
// CHECK-SAME: {attn.name = "gates"}, %[[CUQ:[^:]+]]: tensor<?xi32> {attn.name = "cu_seqlens_q"}, %[[CUK:[^:]+]]: tensor<?xi32> {attn.name = "cu_seqlens_k"}, %[[USED:[^:]+]]: tensor<?xi32> {attn.name = "seqused_k"})
// CHECK: %[[BATCH:.+]] = attn.batch queries %[[CUQ]] keys %[[CUK]] lengths %[[USED]]
// CHECK: %[[KC:.+]] = attn.compress %[[K]] {{.+}} over %[[BATCH]]
// CHECK: attn.attend %[[Q]] sees #attn.compressed<block = 32, stride = 16> in %[[KC]], %{{.+}}, %[[BATCH]]
// CHECK: attn.score_blocks {{.+}}, %[[BATCH]]
// CHECK: attn.select_topk %{{.+}}, %[[BATCH]]
// CHECK: attn.attend {{.+}} sees #attn.selected<block = 64> in {{.+}}, %[[BATCH]] indices
// CHECK-NOT: func.func
attn.spec @nsa heads 8 over 2 dims 64 x 64 of bf16 gates logits entries extend {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @compressed
}

// -----

// Index keys are compressed as keys are; what a ranker is not asked for says what its rows are.
// CHECK-LABEL: func.func @msa_forward(
// CHECK-SAME: {attn.backward = ["o"]}
// CHECK-LABEL: func.func @msa_extend(
// CHECK-SAME: {attn.name = "unread_q", attn.rows = "tokens"}
// CHECK-SAME: {attn.name = "unread_k", attn.rows = "key_tokens"}
// CHECK-SAME: attributes {attn.backward = ["o"]}
// CHECK: %[[BATCH:.+]] = attn.batch queries %{{.+}} keys %{{.+}} lengths
// CHECK: attn.compress {{.+}} over %[[BATCH]]
// CHECK: attn.index_blocks {{.+}}, %[[BATCH]]
attn.spec @msa heads 8 over 2 dims 32 x 32 of f16 entries forward|extend|backward {
  attn.ranker @index heads 4 over 1 dim 16 by #attn.relu_index<pool = 4>
  attn.ranker @unread heads 4 over 1 dim 16 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
}

// -----

// Keys that lie in pages: caches in the place of arrays of keys, of rankers too, and behind all a table. The forward entry
// knows nothing of them.
// CHECK-LABEL: func.func @pages_forward(
// CHECK-SAME: tensor<?x2x32xf16> {attn.name = "k"}
// CHECK-NOT: gather_pages
// CHECK-LABEL: func.func @pages_extend(
// CHECK-SAME: %[[KV:[^:]+]]: tensor<?x2x64x80xf16> {attn.name = "kv"}
// CHECK-SAME: %[[IK:[^:]+]]: tensor<?x1x64x16xf16> {attn.name = "index_k"}
// CHECK-SAME: tensor<?x1x64x24xf16> {attn.name = "unread_k", attn.rows = "pages"}
// CHECK-SAME: %[[OWN:[^:]+]]: tensor<?x2x64x80xf16> {attn.name = "near_kv"}
// CHECK-SAME: {attn.name = "seqused_k"}, %[[TABLE:[^:]+]]: tensor<?xi32> {attn.name = "block_table"})
// CHECK: %[[K:.+]] = attn.gather_pages %[[KV]] through %[[TABLE]] heads_first : {{.+}} -> tensor<?x2x32xf16>
// CHECK: %[[V:.+]] = attn.gather_pages %[[KV]] through %[[TABLE]] heads_first columns 32 : {{.+}} -> tensor<?x2x48xf16>
// CHECK: %[[I:.+]] = attn.gather_pages %[[IK]] through %[[TABLE]] heads_first : {{.+}} -> tensor<?x1x16xf16>
// CHECK: %[[NK:.+]] = attn.gather_pages %[[OWN]] through %[[TABLE]] heads_first
// CHECK: %[[NV:.+]] = attn.gather_pages %[[OWN]] through %[[TABLE]] heads_first columns 32
// CHECK-NOT: gather_pages
// CHECK: attn.index_blocks {{.+}} in %[[I]],
// CHECK: attn.attend {{.+}} in %[[K]], %[[V]],
// CHECK: attn.attend {{.+}} in %[[NK]], %[[NV]],
attn.spec @pages heads 8 over 2 dims 32 x 48 of f16 gates values entries forward|extend pages 64 heads_first interleaved {
  attn.ranker @index heads 4 over 1 dim 16 by #attn.max_index
  attn.ranker @unread heads 4 over 1 dim 24 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 16> top 3 initial 0 local 1 ranked by @index
  attn.branch @near sees #attn.window<100> own_kv
}

// -----

// CHECK-LABEL: func.func @plain_extend(
// CHECK-SAME: tensor<?x16x2x32xf32> {attn.name = "k"}, %{{[^:]+}}: tensor<?x16x2x48xf32> {attn.name = "v"}
// CHECK-COUNT-2: attn.gather_pages
// CHECK-NOT: gather_pages
attn.spec @plain heads 8 over 2 dims 32 x 48 of f32 entries extend pages 16 {
  attn.branch @all sees #attn.full
}

// -----

// A step of decoding is the same of few queries, and has no gradient.
// CHECK-LABEL: func.func @step_forward(
// CHECK-SAME: attributes {attn.backward = ["o"]}
// CHECK-LABEL: func.func @step_decode(
// CHECK-SAME: {attn.name = "seqused_k"})
// CHECK-SAME: attributes {attn.most_queries = 8 : i64}
// CHECK: attn.batch
attn.spec @step heads 8 over 2 dims 32 x 32 of f16 entries backward|decode {
  attn.branch @all sees #attn.causal
}
