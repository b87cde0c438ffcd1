attn.spec @short heads 4 over 2 dims 16 x 16 of f32 {
  attn.branch @short sees #test_broken.causal<"visits">
}
