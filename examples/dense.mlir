// The smallest spec: dense causal attention, 8 query heads over 2 key/value heads, with
// keys of 64 and values of 32.
attn.spec @dense heads 8 over 2 dims 64 x 32 of bf16 {
  attn.branch @all sees #attn.causal
}
