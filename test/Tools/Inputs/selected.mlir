// A function of attn operations, written by hand.
func.func @selected(%q: tensor<?x2x8xf32> {attn.name = "q"},
                    %k: tensor<?x1x8xf32> {attn.name = "k"},
                    %v: tensor<?x1x8xf32> {attn.name = "v"},
                    %i: tensor<?x1x2xi32> {attn.name = "indices"},
                    %cu: tensor<?xi32> {attn.name = "cu_seqlens"})
    -> (tensor<?x2x8xf32> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.selected<block = 16> in %k, %v, %cu
      indices(%i : tensor<?x1x2xi32>)
      : tensor<?x2x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
      -> tensor<?x2x8xf32>, tensor<?x2xf32>
  return %o : tensor<?x2x8xf32>
}
