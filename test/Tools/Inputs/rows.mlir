// Arrays whose names say nothing of their rows.

// Compressed keys from a caller, and sequence ends called otherwise.
func.func @far(%q: tensor<?x4x16xf32> {attn.name = "q"}, %kc: tensor<?x2x16xf32> {attn.name = "kc"},
               %ends: tensor<?xi32> {attn.name = "offsets"}) -> (tensor<?x4x16xf32> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %ends
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf32>
}

// Two ways to cut one batch, the second of an intermediate.
func.func @chain(%q: tensor<?x4x16xf32> {attn.name = "q"}, %k: tensor<?x4x16xf32> {attn.name = "k"},
                 %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %cu2: tensor<?xi32> {attn.name = "cu2"})
    -> (tensor<?x4x16xf32> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu
      : tensor<?x4x16xf32>, tensor<?x4x16xf32>, tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>, tensor<?x4xf32>
  %o2, %lse2 = attn.attend %o sees #attn.window<3> in %k, %k, %cu2
      : tensor<?x4x16xf32>, tensor<?x4x16xf32>, tensor<?x4x16xf32>, tensor<?xi32> -> tensor<?x4x16xf32>, tensor<?x4xf32>
  return %o2 : tensor<?x4x16xf32>
}

// A batch of 128 tokens in two sequences, as one array and one result say.
func.func @fixed(%q: tensor<128x4x16xf32> {attn.name = "q"}, %k: tensor<?x2x16xf32> {attn.name = "k"},
                 %cu: tensor<3xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf32> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu
      : tensor<128x4x16xf32>, tensor<?x2x16xf32>, tensor<?x2x16xf32>, tensor<3xi32> -> tensor<?x4x16xf32>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf32>
}

// A choice among the scores of a caller, of four blocks a row.
func.func @stored(%s: tensor<?x2x4xf32> {attn.name = "s"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"})
    -> (tensor<?x2x2xi32> {attn.name = "i"}) {
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 2 initial 0 local 1
      : tensor<?x2x4xf32>, tensor<?xi32> -> tensor<?x2x2xi32>
  return %i : tensor<?x2x2xi32>
}
