// Native Sparse Attention with the paper's block sizes: 16 query heads share one
// key/value head. `foveac examples/nsa.mlir --emit=attn` shows what it expands to.
attn.spec @nsa heads 16 over 1 dims 128 x 128 of f32 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<512>
}
