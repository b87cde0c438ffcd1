// As Qwen's QSA: groups of 12 heads of 256 attend to 512 blocks of 4 tokens. A block's
// score is a weighted sum, over its KV head's 4 index heads, of what is positive of the
// products with the mean of its 4 index keys.
attn.spec @qsa heads 24 over 2 dims 256 x 256 of bf16 {
  attn.ranker @index heads 8 over 1 dim 128 by #attn.relu_index<pool = 4>
  attn.branch @selected sees #attn.selected<block = 4> top 512 initial 0 local 1 ranked by @index
}
