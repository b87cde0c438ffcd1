attn.spec @small heads 4 over 2 dims 16 x 8 of f32 gates logits {
  attn.branch @far sees #attn.compressed<block = 8, stride = 4> by #attn.phi<gated>
  attn.branch @near sees #attn.window<12> sinks
}
