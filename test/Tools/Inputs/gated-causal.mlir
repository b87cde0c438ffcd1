// Unfused two kernels, of which one has candidates of 512, 384 and 256 threads.
attn.spec @gated heads 16 over 1 dims 128 x 128 of bf16 gates logits {
  attn.branch @all sees #attn.causal
}
