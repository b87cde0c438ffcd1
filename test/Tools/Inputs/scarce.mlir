// Three launches with intermediate arrays, and scratch beyond a stack's.
attn.spec @scarce heads 128 over 1 dims 576 x 512 of f32 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 64> top 2 initial 1 local 1 ranked by @compressed
  attn.branch @window sees #attn.window<32>
}
