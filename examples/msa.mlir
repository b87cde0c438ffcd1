// MiniMax-M3's MSA: 64 query heads over 4, each KV head with an index head of its own and
// all with one index key per token. A query attends to the 16 blocks of 128 tokens whose
// best key its index query ranks highest, its own block always among them.
attn.spec @msa heads 64 over 4 dims 128 x 128 of bf16 {
  attn.ranker @index heads 4 over 1 dim 128 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 128> top 16 initial 0 local 1 ranked by @index
}
