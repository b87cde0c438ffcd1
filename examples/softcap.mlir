// A window with a sink and a soft cap, as in recent open models: 16 query heads over 4, the
// last 1024 tokens, scores within -50 .. 50, and a learned logit per head that takes
// weight from keys and gives none.
attn.spec @softcap heads 16 over 4 dims 128 x 128 of bf16 {
  attn.branch @near sees #attn.window<1024> sinks scores(%s, %query, %key, %head) {
    %cap = arith.constant 50.0 : f32
    %part = arith.divf %s, %cap : f32
    %bent = math.tanh %part fastmath<afn> : f32
    %score = arith.mulf %bent, %cap : f32
    attn.score %score
  }
}
