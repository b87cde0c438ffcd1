// The spec of docs/spec-language.md whose queries are behind what its keys hold.
// RUN: fovea-opt %s --attn-expand-spec --attn-infer-rows | FileCheck %s

// CHECK: func.func @near_extend({{.*}}"q", attn.rows = "tokens"}{{.*}}"k", attn.rows = "key_tokens"}{{.*}}"v", attn.rows = "key_tokens"}
// CHECK-SAME: "cu_seqlens_q", attn.rows = "sequence_ends"}{{.*}}"cu_seqlens_k", attn.rows = "key_sequence_ends"}{{.*}}"seqused_k", attn.rows = "sequences"}
// CHECK-SAME: -> (tensor<?x16x128xbf16> {attn.name = "o", attn.rows = "tokens"})
attn.spec @near heads 16 over 4 dims 128 x 128 of bf16 entries extend {
  attn.branch @window sees #attn.window<512>
}
