// 4 query heads over 2; each query sees 16 keys, every fourth one of the last 64.
attn.spec @near heads 4 over 2 dims 16 x 16 of f32 {
  attn.branch @far sees #example.dilated<window = 64, step = 4>
}
