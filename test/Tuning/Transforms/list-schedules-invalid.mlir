// RUN: fovea-opt %s --attn-list-schedules -split-input-file -verify-diagnostics
// RUN: not fovea-opt %s --split-input-file --attn-list-schedules=target=sm_12 2>&1 | FileCheck %s

// CHECK: error: expected {{.*}}got {{.*}}sm_12

// A block has 192 rows at most, which hold no token of 193 heads.
func.func @whole_tokens(%q: tensor<?x193x64xbf16>, %k: tensor<?x1x64xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected at most 192 query heads per KV head on a GPU, got 193}}
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu
      : tensor<?x193x64xbf16>, tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32> -> tensor<?x193x64xbf16>, tensor<?x193xf32>
  return
}

// -----

func.func @odd_dim(%q: tensor<?x4x72xf16>, %k: tensor<?x1x72xf16>, %v: tensor<?x1x1xf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected 16 to divide the head dims on a GPU, got 72}}
  %o, %l = attn.attend %q sees #attn.full in %k, %v, %cu
      : tensor<?x4x72xf16>, tensor<?x1x72xf16>, tensor<?x1x1xf16>, tensor<?xi32> -> tensor<?x4x1xf16>, tensor<?x4xf32>
  return
}

// -----

func.func @f32_keys(%q: tensor<?x4x64xf32>, %k: tensor<?x1x64xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected f16 or bf16 on a GPU, got 'f32'}}
  %o, %l = attn.attend %q sees #attn.full in %k, %k, %cu
      : tensor<?x4x64xf32>, tensor<?x1x64xf32>, tensor<?x1x64xf32>, tensor<?xi32> -> tensor<?x4x64xf32>, tensor<?x4xf32>
  return
}

// -----

// A schedule of its own does not let it pass.
func.func @narrow_blocks(%q: tensor<?x4x64xbf16>, %k: tensor<?x1x64xbf16>, %cu: tensor<?xi32>, %i: tensor<?x1x4xi32>) {
  // expected-error @+1 {{'attn.attend' op expected 16 to divide the selection block on a GPU, whose key tiles are consecutive rows (a tile of several listed blocks would have to be gathered), got block = 8}}
  %o, %l = attn.attend %q sees #attn.selected<block = 8> in %k, %k, %cu indices(%i : tensor<?x1x4xi32>)
      {tile.schedule = #tile.schedule<tokens = 16, keys = 8>}
      : tensor<?x4x64xbf16>, tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>, tensor<?x4xf32>
  return
}

// -----

func.func @sums_of_many_heads(%q: tensor<?x193x64xbf16>, %k: tensor<?x1x64xbf16>, %l: tensor<?x193xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected at most 192 query heads per KV head, whose scores are summed, on a GPU, got 193}}
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16> into #attn.selected<block = 64> in %k, %l, %cu
      : tensor<?x193x64xbf16>, tensor<?x1x64xbf16>, tensor<?x193xf32>, tensor<?xi32> -> tensor<?x1x?xf32>
  return
}

// -----

func.func @fine_strides(%q: tensor<?x4x64xbf16>, %k: tensor<?x1x64xbf16>, %l: tensor<?x4xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected compressed keys per selection block of which 128 or fewer make multiples of 32 on a GPU, got 256 for block = 256 and stride = 1}}
  %s = attn.score_blocks %q over #attn.compressed<block = 4, stride = 1> into #attn.selected<block = 256> in %k, %l, %cu
      : tensor<?x4x64xbf16>, tensor<?x1x64xbf16>, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x1x?xf32>
  return
}

// -----

func.func @long_windows(%q: tensor<?x4x64xbf16>, %k: tensor<?x1x64xbf16>, %l: tensor<?x4xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.score_blocks' op expected a window to reach into selection blocks of at most 128 compressed keys on a GPU, got block = 4096, stride = 16 and selection blocks of 64}}
  %s = attn.score_blocks %q over #attn.compressed<block = 4096, stride = 16> into #attn.selected<block = 64> in %k, %l, %cu
      : tensor<?x4x64xbf16>, tensor<?x1x64xbf16>, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x1x?xf32>
  return
}

// -----

func.func @long_lists(%s: tensor<?x1x?xf32>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.select_topk' op expected a count of at most 512 on a GPU, got 513}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 513 initial 1 local 2
      : tensor<?x1x?xf32>, tensor<?xi32> -> tensor<?x1x513xi32>
  return
}

// -----

func.func @narrow_combine(%x: tensor<?x4x4xbf16>, %g: tensor<?x4x1xf32>) {
  // expected-error @+1 {{'attn.combine' op expected 8 to divide the head dim on a GPU, got 4}}
  %c = attn.combine %x gates %g values : (tensor<?x4x4xbf16>, tensor<?x4x1xf32>) -> tensor<?x4x4xbf16>
  return
}

// -----

func.func @wide_combine(%x: tensor<?x4x264xbf16>, %g: tensor<?x4x1xf32>) {
  // expected-error @+1 {{'attn.combine' op expected a head dim of at most 256 on a GPU, got 264}}
  %c = attn.combine %x gates %g values : (tensor<?x4x264xbf16>, tensor<?x4x1xf32>) -> tensor<?x4x264xbf16>
  return
}

// -----

func.func @wide_mean(%x: tensor<?x1x1040xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected a head dim of at most 1024 on a GPU, got 1040}}
  %c = attn.compress %x by #attn.phi<mean> into #attn.compressed<block = 32, stride = 16> over %cu : tensor<?x1x1040xbf16>, tensor<?xi32> -> tensor<?x1x1040xbf16>
  return
}

// -----

func.func @wide_linear(%x: tensor<?x1x272xbf16>, %a: tensor<1x8x272x272xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected a head dim of at most 256 for products with phi's matrices on a GPU, got 272}}
  %c = attn.compress %x by #attn.phi<linear> into #attn.compressed<block = 8, stride = 8> over %cu params(%a : tensor<1x8x272x272xbf16>) : tensor<?x1x272xbf16>, tensor<?xi32> -> tensor<?x1x272xbf16>
  return
}

// -----

func.func @odd_hidden(%x: tensor<?x1x16xbf16>, %b1: tensor<1x128x20xbf16>, %c1: tensor<1x20xbf16>, %b2: tensor<1x20x16xbf16>, %c2: tensor<1x16xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.compress' op expected hidden to be a multiple of 16 of at most 256 on a GPU, got 20}}
  %c = attn.compress %x by #attn.phi<mlp, hidden = 20> into #attn.compressed<block = 8, stride = 8> over %cu params(%b1, %c1, %b2, %c2 : tensor<1x128x20xbf16>, tensor<1x20xbf16>, tensor<1x20x16xbf16>, tensor<1x16xbf16>) : tensor<?x1x16xbf16>, tensor<?xi32> -> tensor<?x1x16xbf16>
  return
}

// -----

func.func @wide_values(%q: tensor<?x1x64xbf16>, %k: tensor<?x1x64xbf16>, %v: tensor<?x1x1024xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected tiles of 1 heads per KV head and head dims 64 x 1024 to fit sm_90a: no schedule has 64 rows of whole tokens, key blocks of 16 or more, and fits its registers and 232448 B of shared memory}}
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?x1x1024xbf16>, tensor<?xi32> -> tensor<?x1x1024xbf16>, tensor<?x1xf32>
  return
}

// -----

func.func @many_index_heads(%q: tensor<?x193x64xbf16>, %k: tensor<?x1x64xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected at most 192 index heads per KV head, whose scores are summed, on a GPU, got 193}}
  %s = attn.index_blocks %q over #attn.causal into #attn.selected<block = 64> in %k, %cu : tensor<?x193x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32> -> tensor<?x1x?xf32>
  return
}

// -----

func.func @large_index_blocks(%q: tensor<?x4x64xbf16>, %k: tensor<?x1x64xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.index_blocks' op expected index keys per selection block of which 256 or fewer make multiples of 16 on a GPU, got 512 for block = 512 and stride = 1}}
  %s = attn.index_blocks %q over #attn.causal into #attn.selected<block = 512> in %k, %cu : tensor<?x4x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32> -> tensor<?x1x?xf32>
  return
}
