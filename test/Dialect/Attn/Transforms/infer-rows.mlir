// RUN: fovea-opt %s --attn-infer-rows | FileCheck %s
// What the pass writes, it takes.
// RUN: fovea-opt %s --attn-infer-rows --attn-infer-rows | FileCheck %s

!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>

// No name says anything: `tokens` holds sequence ends, `cu_seqlens` keys.
// CHECK-LABEL: func.func @names_say_nothing
// CHECK-SAME: tensor<?x4x16xf32> {attn.name = "sequence_ends", attn.rows = "tokens"}
// CHECK-SAME: tensor<?x2x16xf32> {attn.name = "cu_seqlens", attn.rows = "tokens / 4"}
// CHECK-SAME: tensor<?xi32> {attn.name = "tokens", attn.rows = "sequence_ends"}
// CHECK-SAME: -> (tensor<?x4x16xf32> {attn.rows = "tokens"}, tensor<?x4xf32> {attn.rows = "tokens"})
func.func @names_say_nothing(%q: !q {attn.name = "sequence_ends"}, %kc: !kv {attn.name = "cu_seqlens"},
                             %ends: !cu {attn.name = "tokens"}) -> (!q, !lse) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %ends : !q, !kv, !kv, !cu -> !q, !lse
  return %o, %lse : !q, !lse
}

// The uses are in groups, and results come through them; parameters are static.
// CHECK-LABEL: func.func @through_groups
// CHECK-SAME: %{{.+}}: tensor<?x4x16xf32> {attn.rows = "tokens"}
// CHECK-SAME: %{{.+}}: tensor<?x2x16xf32> {attn.rows = "tokens"}
// CHECK-SAME: %{{.+}}: tensor<2x8xf32> {attn.rows = "static"}
// CHECK-SAME: %{{.+}}: tensor<2x8x16xf32> {attn.rows = "static"}
// CHECK-SAME: %{{.+}}: tensor<?xi32> {attn.rows = "sequence_ends"}
// CHECK-SAME: -> (tensor<?x2x16xf32> {attn.rows = "tokens / 4"}, tensor<?x2x3xi32> {attn.rows = "tokens"})
func.func @through_groups(%q: !q, %k: !kv, %w: tensor<2x8xf32>, %pos: tensor<2x8x16xf32>, %cu: !cu) -> (!kv, tensor<?x2x3xi32>) {
  %kc = attn.compress %k by #attn.phi<weighted> into #attn.compressed<block = 8, stride = 4> over %cu params(%w : tensor<2x8xf32>) positions(%pos : tensor<2x8x16xf32>) : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %g = attn.group {
    %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 16> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> tensor<?x2x?xf32>
    %i = attn.select_topk %s, %cu of #attn.selected<block = 16> top 3 initial 1 local 1 : tensor<?x2x?xf32>, !cu -> tensor<?x2x3xi32>
    attn.yield %i : tensor<?x2x3xi32>
  } : tensor<?x2x3xi32>
  return %kc, %g : !kv, tensor<?x2x3xi32>
}

// One value may be all of these; what nothing reads says so itself.
// CHECK-LABEL: func.func @aliased_and_unread
// CHECK-SAME: %{{.+}}: tensor<?x4x16xf32> {attn.rows = "tokens"}
// CHECK-SAME: %{{.+}}: tensor<?xi32> {attn.rows = "sequence_ends"}
// CHECK-SAME: %{{.+}}: tensor<?x8xf32> {attn.rows = "tokens / 16"}
// CHECK-SAME: %{{.+}}: tensor<3xf16> {attn.rows = "static"}
func.func @aliased_and_unread(%x: !q, %cu: !cu, %unread: tensor<?x8xf32> {attn.rows = "tokens / 16"}, %own: tensor<3xf16>) -> !q {
  %o, %lse = attn.attend %x sees #attn.causal in %x, %x, %cu : !q, !q, !q, !cu -> !q, !lse
  return %o : !q
}

// Static sizes that belong together: 100 tokens have 25 windows and five ends are four
// sequences. An intermediate may repeat what follows.
// CHECK-LABEL: func.func @static_sizes
func.func @static_sizes(%q: tensor<100x4x16xf32>, %k: !kv, %kc: tensor<25x2x16xf32>, %cu: tensor<5xi32>) -> !q {
  %vc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : !kv, tensor<5xi32> -> tensor<25x2x16xf32>
  %o, %lse = attn.attend %q sees #attn.compressed<block = 4, stride = 4> in %kc, %vc, %cu : tensor<100x4x16xf32>, tensor<25x2x16xf32>, tensor<25x2x16xf32>, tensor<5xi32> -> !q, tensor<100x4xf32>
  return %o : !q
}

// Queries apart from keys: what is over the keys' ends alone counts their tokens too.
// CHECK-LABEL: func.func @apart
// CHECK-SAME: %{{.+}}: tensor<?x4x16xf32> {attn.rows = "tokens"}
// CHECK-SAME: %{{.+}}: tensor<?x2x16xf32> {attn.rows = "key_tokens"}
// CHECK-SAME: %{{.+}}: tensor<?x2x16xf32> {attn.rows = "key_tokens / 4"}
// CHECK-SAME: %{{.+}}: tensor<?xi32> {attn.rows = "sequence_ends"}
// CHECK-SAME: %{{.+}}: tensor<?xi32> {attn.rows = "key_sequence_ends"}
// CHECK-SAME: %{{.+}}: tensor<?xi32> {attn.rows = "sequences"}
// CHECK-SAME: -> (tensor<?x4x16xf32> {attn.rows = "tokens"}, tensor<?x2x16xf32> {attn.rows = "key_tokens / 4"})
func.func @apart(%q: !q, %k: !kv, %vc: !kv, %cuq: !cu, %cuk: !cu, %used: !cu) -> (!q, !kv) {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : !cu, !cu, !cu
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cuk : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 4, stride = 4> in %kc, %vc, %batch : !q, !kv, !kv, !attn.batch -> !q, !lse
  return %o, %kc : !q, !kv
}

// Static sizes of either side have nothing to do with one another.
// CHECK-LABEL: func.func @apart_static
func.func @apart_static(%q: tensor<7x4x16xf32>, %k: tensor<100x2x16xf32>, %cuq: tensor<5xi32>, %cuk: !cu, %used: tensor<4xi32>) -> !q {
  %batch = attn.batch queries %cuq keys %cuk lengths %used : tensor<5xi32>, !cu, tensor<4xi32>
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %batch : tensor<7x4x16xf32>, tensor<100x2x16xf32>, tensor<100x2x16xf32>, !attn.batch -> !q, tensor<7x4xf32>
  return %o : !q
}

// Nothing to say of functions without attn operations.
// CHECK-LABEL: func.func @other(%{{.+}}: f32) -> f32
func.func @other(%x: f32) -> f32 {
  return %x : f32
}
// CHECK-LABEL: func.func private @declared(tensor<*xf32>)
func.func private @declared(tensor<*xf32>)

// Caches have pages of their own number; a table has a row per page, of compressed keys too.
// CHECK-LABEL: func.func @pages
// CHECK-SAME: tensor<?x16x2x16xf32> {attn.rows = "pages"}
// CHECK-SAME: tensor<?x4x2x16xf32> {attn.rows = "pages"}
// CHECK-SAME: tensor<?xi32> {attn.rows = "key_tokens / 16"}
// CHECK-SAME: "key_sequence_ends"
func.func @pages(%q: tensor<?x4x16xf32>, %cache: tensor<?x16x2x16xf32>, %windows: tensor<?x4x2x16xf32>,
                 %table: tensor<?xi32>, %cuq: tensor<?xi32>, %cuk: tensor<?xi32>) -> (tensor<?x4x16xf32>, tensor<?x4x16xf32>) {
  %batch = attn.batch queries %cuq keys %cuk : tensor<?xi32>, tensor<?xi32>
  %k = attn.gather_pages %cache through %table : tensor<?x16x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  %kc = attn.gather_pages %windows through %table : tensor<?x4x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %batch
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, !attn.batch -> tensor<?x4x16xf32>, tensor<?x4xf32>
  %oc, %lc = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %batch
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, !attn.batch -> tensor<?x4x16xf32>, tensor<?x4xf32>
  return %o, %oc : tensor<?x4x16xf32>, tensor<?x4x16xf32>
}
