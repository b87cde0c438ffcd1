// One branch for matrix instructions, so that its IR is short down to nvvm.
attn.spec @near heads 16 over 1 dims 32 x 32 of bf16 {
  attn.branch @window sees #attn.window<128>
}
