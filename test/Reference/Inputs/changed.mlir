attn.spec @nsa heads 4 over 2 dims 8 x 8 of f32 gates logits scale 0.5 {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<gated> with_positions
  attn.branch @wide sees #attn.compressed<block = 16, stride = 4> by #attn.phi<mlp, hidden = 3, activation = gelu>
  attn.branch @best sees #attn.selected<block = 8> top 4 initial 1 local 1 ranked by @far
  attn.branch @near sees #attn.window<7> own_kv
  attn.branch @all sees #attn.causal
}
