// What the key set emits as IR is its equation, on drawn lengths, tiles and key blocks.
// RUN: fovea-opt %s --load-dialect-plugin=%example --attn-check-key-sets

attn.spec @checked heads 4 over 2 dims 16 x 16 of f32 gates logits {
  attn.branch @a sees #example.dilated<window = 64, step = 4>
  attn.branch @b sees #example.dilated<window = 7, step = 3>
  attn.branch @c sees #example.dilated<window = 3, step = 1>
}
