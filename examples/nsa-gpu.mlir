// Native Sparse Attention in the paper's sizes, for a GPU: 64 query heads over 4 key/value
// heads of 128 in bf16, with gates as logits.
//   foveac examples/nsa-gpu.mlir --target=sm_90a --emit=bundle --report -o nsa.fovea
attn.spec @nsa heads 64 over 4 dims 128 x 128 of bf16 gates logits {
  attn.branch @compressed sees #attn.compressed<block = 32, stride = 16> by #attn.phi<mean>
  attn.branch @selected sees #attn.selected<block = 64> top 16 initial 1 local 2 ranked by @compressed
  attn.branch @window sees #attn.window<512>
}
