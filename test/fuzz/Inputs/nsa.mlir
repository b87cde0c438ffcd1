// A spec whose IR is small at every level: what fuzz.py mutates.
attn.spec @nsa heads 32 over 2 dims 64 x 64 of bf16 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 64> top 4 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<128>
}
