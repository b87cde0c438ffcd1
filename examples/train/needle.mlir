// The attention that needle.py trains. Windows are as short as a needle, and phi's weights are learned: what ranks a block is
// its window's one key.
attn.spec @nsa heads 16 over 2 dims 64 x 64 of bf16 gates logits entries backward {
  attn.branch @compressed sees #attn.compressed<block = 16, stride = 8> by #attn.phi<gated>
  attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<256>
}
