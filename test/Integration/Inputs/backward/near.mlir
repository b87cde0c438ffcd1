attn.spec @near heads 4 over 2 dims 8 x 4 of f32 entries backward {
  attn.branch @window sees #attn.window<3>
}
