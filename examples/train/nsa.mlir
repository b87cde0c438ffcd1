// The attention that train.py trains: small heads, eight of which share a key/value head.
attn.spec @nsa heads 16 over 2 dims 64 x 64 of bf16 gates logits entries backward {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 64> top 8 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<256>
}
