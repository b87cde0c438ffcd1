// One kernel of rings, small enough to compile often.
func.func @window(%q: tensor<?x16x64xbf16> {attn.name = "q"}, %k: tensor<?x1x64xbf16> {attn.name = "k"},
                  %v: tensor<?x1x64xbf16> {attn.name = "v"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"})
    -> (tensor<?x16x64xbf16> {attn.name = "o"}, tensor<?x16xf32> {attn.name = "lse"}) {
  %o, %lse = attn.attend %q sees #attn.window<64> in %k, %v, %cu
      : tensor<?x16x64xbf16>, tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32>
      -> tensor<?x16x64xbf16>, tensor<?x16xf32>
  return %o, %lse : tensor<?x16x64xbf16>, tensor<?x16xf32>
}
