// A choice of blocks that a group returns, and one that nothing returns.
!q = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!lse = tensor<?x4xf32>
!cu = tensor<?xi32>
!lists = tensor<?x2x3xi32>

func.func @grouped(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!lists {attn.name = "lists"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %lists = attn.group {
    %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> tensor<?x2x?xf32>
    %t = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 1 local 1 : tensor<?x2x?xf32>, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  return %lists : !lists
}

func.func @hidden(%q: !q {attn.name = "q"}, %k: !kv {attn.name = "k"}, %cu: !cu {attn.name = "cu_seqlens"}) -> (!q {attn.name = "o"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !kv, !cu -> !kv
  %o, %lse = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %lists = attn.group {
    %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 8> in %kc, %lse, %cu : !q, !kv, !lse, !cu -> tensor<?x2x?xf32>
    %t = attn.select_topk %s, %cu of #attn.selected<block = 8> top 3 initial 1 local 1 : tensor<?x2x?xf32>, !cu -> !lists
    attn.yield %t : !lists
  } : !lists
  %best, %best_lse = attn.attend %q sees #attn.selected<block = 8> in %k, %k, %cu indices(%lists : !lists) : !q, !kv, !kv, !cu -> !q, !lse
  return %best : !q
}
