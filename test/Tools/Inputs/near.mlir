attn.spec @near heads 2 over 1 dims 8 x 4 of f32 {
  attn.branch @window sees #attn.window<4>
}
