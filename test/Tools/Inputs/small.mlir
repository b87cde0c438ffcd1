// Small heads and blocks, so that a run takes no time.
attn.spec @small heads 4 over 2 dims 16 x 8 of f32 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 8, stride = 4> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 16> top 4 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<12>
}
