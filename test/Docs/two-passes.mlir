// The function that docs/spec-language.md shows beside specs.
// RUN: fovea-run %s --lengths=5,0,70 --verify | FileCheck %s

// CHECK: verified
func.func @two_passes(%q: tensor<?x8x64xf32> {attn.name = "q"}, %k: tensor<?x2x64xf32> {attn.name = "k"},
                      %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x8x64xf32> {attn.name = "o"}) {
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu
      {tile.schedule = #tile.schedule<tokens = 4, keys = 32>}
      : tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<?xi32> -> tensor<?x8x64xf32>, tensor<?x8xf32>
  return %o : tensor<?x8x64xf32>
}
