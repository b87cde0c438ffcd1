// Heads and head dims whose vectors are no powers of two, in the type that stands for TYPE.
attn.spec @three heads 3 over 1 dims 1 x 1 of TYPE {
  attn.branch @all sees #attn.full
}
attn.spec @five heads 5 over 1 dims 5 x 7 of TYPE {
  attn.branch @near sees #attn.window<5>
}
attn.spec @seven heads 7 over 7 dims 7 x 3 of TYPE gates values {
  attn.branch @before sees #attn.causal sinks
  attn.branch @near sees #attn.window<3>
}
attn.spec @nsa heads 3 over 1 dims 5 x 3 of TYPE gates logits {
  attn.branch @compressed sees #attn.compressed<block = 6, stride = 3> by #attn.phi<gated>
  attn.branch @selected sees #attn.selected<block = 9> top 3 initial 1 local 1 ranked by @compressed
}
attn.spec @ranked heads 3 over 1 dims 3 x 5 of TYPE {
  attn.ranker @index heads 3 over 1 dim 7 by #attn.max_index
  attn.branch @selected sees #attn.selected<block = 5> top 3 initial 1 local 1 ranked by @index
}
