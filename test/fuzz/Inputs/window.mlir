// One branch, of q [T, 2, 8] in f32: what fuzz.py gives .npy files to.
attn.spec @near heads 2 over 1 dims 8 x 8 of f32 {
  attn.branch @window sees #attn.window<4>
}
