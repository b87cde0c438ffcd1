attn.spec @s heads 1 over 1 dims 8 x 4 of f32 { attn.branch @b sees #attn.causal }
