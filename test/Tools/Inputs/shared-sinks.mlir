// Two attentions share their sinks, whose gradients are summed: not rows of tokens, which a device sums alone.
func.func @shared(%q: tensor<?x2x8xf32> {attn.name = "q"}, %z: tensor<2xf32> {attn.name = "sinks"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"})
    -> (tensor<?x2x8xf32> {attn.name = "near"}, tensor<?x2x8xf32> {attn.name = "all"}) attributes {attn.backward = ["near", "all"]} {
  %near, %l = attn.attend %q sees #attn.window<9> in %q, %q, %cu sinks(%z : tensor<2xf32>) : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>, tensor<?x2xf32>
  %all, %m = attn.attend %q sees #attn.causal in %q, %q, %cu sinks(%z : tensor<2xf32>) : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?xi32> -> tensor<?x2x8xf32>, tensor<?x2xf32>
  return %near, %all : tensor<?x2x8xf32>, tensor<?x2x8xf32>
}
