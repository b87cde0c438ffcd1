// Of what training needs: two kinds of branches, of which one has lists, and gates.
attn.spec @trained heads 4 over 2 dims 64 x 64 of bf16 gates logits entries backward {
  attn.ranker @index heads 2 over 1 dim 64 by #attn.max_index
  attn.branch @best sees #attn.selected<block = 64> top 2 initial 0 local 1 ranked by @index
  attn.branch @near sees #attn.window<40>
}
