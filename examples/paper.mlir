// Native Sparse Attention as the paper trains it: 64 query heads over 4, keys of 192 and
// values of 128, every branch with keys and values of its own, compressed by a learned
// MLP with positions.
attn.spec @paper heads 64 over 4 dims 192 x 128 of bf16 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mlp, hidden = 64, activation = gelu> with_positions own_kv
  attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed own_kv
  attn.branch @window sees #attn.window<512> own_kv
}
