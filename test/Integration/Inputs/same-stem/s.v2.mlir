attn.spec @s2 heads 1 over 1 dims 8 x 4 of f32 { attn.branch @b sees #attn.window<3> }
