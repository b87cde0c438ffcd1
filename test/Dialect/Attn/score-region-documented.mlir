// The examples of the reference pages.
// RUN: fovea-opt %s --verify-roundtrip

func.func @attend(%q: tensor<?x64x128xbf16>, %k: tensor<?x4x128xbf16>, %v: tensor<?x4x128xbf16>,
                  %cu: tensor<?xi32>, %biases: tensor<64xf32>) -> tensor<?x64x128xbf16> {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu
      scores(%s, %query, %key, %head, %bias = %biases : tensor<64xf32>) {
    %capped = math.tanh %s : f32
    %score = arith.addf %capped, %bias : f32
    attn.score %score
  } : tensor<?x64x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>,
      tensor<?xi32> -> tensor<?x64x128xbf16>, tensor<?x64xf32>
  return %o : tensor<?x64x128xbf16>
}

attn.spec @spec heads 8 over 2 dims 64 x 64 of bf16 {
  attn.branch @window sees #attn.window<512> own_kv sinks
      scores(%s, %query, %key, %head, %bias = "bias") {
    %score = arith.addf %s, %bias : f32
    attn.score %score
  }
}
