// The ranker of examples/qsa.mlir alone: 512 of the blocks of 4 tokens.
func.func @rank(%iq: tensor<?x8x128xbf16> {attn.name = "iq"}, %ik: tensor<?x1x128xbf16> {attn.name = "ik"}, %w: tensor<?x8xf32> {attn.name = "w"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x2x512xi32> {attn.name = "indices"}) {
  %pk = attn.compress %ik by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : tensor<?x1x128xbf16>, tensor<?xi32> -> tensor<?x1x128xbf16>
  %s = attn.index_blocks %iq over #attn.compressed<block = 4, stride = 4> into #attn.selected<block = 4> in %pk, %cu through relu weights(%w : tensor<?x8xf32>) : tensor<?x8x128xbf16>, tensor<?x1x128xbf16>, tensor<?xi32> -> tensor<?x2x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 4> top 512 initial 0 local 1 : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x512xi32>
  return %i : tensor<?x2x512xi32>
}
