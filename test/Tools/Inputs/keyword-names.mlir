func.func @f(%q: tensor<?x8x64xf16> {attn.name = "int"}, %k: tensor<?x2x64xf16> {attn.name = "class"},
    %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x8x64xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu
      : tensor<?x8x64xf16>, tensor<?x2x64xf16>, tensor<?x2x64xf16>, tensor<?xi32>
     -> tensor<?x8x64xf16>, tensor<?x8xf32>
  return %o : tensor<?x8x64xf16>
}
