// The spec of docs/spec-language.md whose keys lie in pages.
// RUN: fovea-opt %s --attn-expand-spec --attn-infer-rows | FileCheck %s

// CHECK: func.func @paged_extend({{.*}}"q", attn.rows = "tokens"}
// CHECK-SAME: tensor<?x64x4x128xbf16> {attn.name = "k", attn.rows = "pages"}, %{{.+}}: tensor<?x64x4x128xbf16> {attn.name = "v", attn.rows = "pages"}
// CHECK-SAME: {attn.name = "cu_seqlens_q", attn.rows = "sequence_ends"}, %{{.+}}: tensor<?xi32> {attn.name = "cu_seqlens_k", attn.rows = "key_sequence_ends"}, %{{.+}}: tensor<?xi32> {attn.name = "seqused_k", attn.rows = "sequences"}
// CHECK-SAME: tensor<?xi32> {attn.name = "block_table", attn.rows = "key_tokens / 64"})
attn.spec @paged heads 64 over 4 dims 128 x 128 of bf16 entries extend pages 64 {
  attn.branch @near sees #attn.window<512>
}
