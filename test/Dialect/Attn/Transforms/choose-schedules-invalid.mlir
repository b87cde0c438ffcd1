// RUN: fovea-opt %s --attn-choose-schedules=target=sm_90a -split-input-file -verify-diagnostics
// RUN: not fovea-opt %s --split-input-file --attn-choose-schedules=target=sm_12 2>&1 | FileCheck %s

// CHECK: error: expected {{.*}}got {{.*}}sm_12

// 64, 128 or 192 rows hold no whole number of tokens with 5 heads.
func.func @whole_tokens(%q: tensor<?x5x64xbf16>, %k: tensor<?x1x64xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected tiles of this shape to fit sm_90a: no schedule has 64 rows of whole tokens, key blocks of 16 or more, and fits its registers and 232448 B of shared memory}}
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu
      : tensor<?x5x64xbf16>, tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32> -> tensor<?x5x64xbf16>, tensor<?x5xf32>
  return
}

// -----

func.func @wide_values(%q: tensor<?x1x64xbf16>, %k: tensor<?x1x64xbf16>, %v: tensor<?x1x1024xbf16>, %cu: tensor<?xi32>) {
  // expected-error @+1 {{'attn.attend' op expected tiles of this shape to fit sm_90a}}
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %cu
      : tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?x1x1024xbf16>, tensor<?xi32> -> tensor<?x1x1024xbf16>, tensor<?x1xf32>
  return
}

// -----

func.func @key_outer_on_a_gpu(%q: tensor<?x16x64xbf16>, %k: tensor<?x1x64xbf16>, %cu: tensor<?xi32>) -> tensor<?x16x64xbf16> {
  // expected-error @+1 {{'attn.attend' op expected order = query_outer for a GPU, got key_outer}}
  %o, %lse = attn.attend %q sees #attn.causal in %k, %k, %cu {tile.schedule = #tile.schedule<tokens = 4, keys = 64, order = key_outer>} : tensor<?x16x64xbf16>, tensor<?x1x64xbf16>, tensor<?x1x64xbf16>, tensor<?xi32> -> tensor<?x16x64xbf16>, tensor<?x16xf32>
  return %o : tensor<?x16x64xbf16>
}
