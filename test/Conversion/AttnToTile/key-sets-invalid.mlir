// What a kernel is not made of: answers of a plugin's key sets that are no values, or of another type.
// DEFINE: %{opt} = fovea-opt %s --load-dialect-plugin=%fovea_output/lib/FoveaTestBroken.so --attn-expand-spec \
// DEFINE:   --attn-choose-schedules --convert-attn-to-tile -split-input-file -verify-diagnostics
// RUN: %{opt}

attn.spec @s heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{'attn.attend' op #test_broken.causal<"null_num_keys">: expected emitNumKeys to give a number of type index, got null}}
  attn.branch @b sees #test_broken.causal<"null_num_keys">
}

// -----

attn.spec @s heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{'attn.attend' op #test_broken.causal<"null_end">: expected emitVisits to give an end of type index, got null}}
  attn.branch @b sees #test_broken.causal<"null_end">
}

// -----

attn.spec @s heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{'attn.attend' op #test_broken.causal<"visits_of_i32">: expected emitVisits to give a fullBegin of type index, got i32}}
  attn.branch @b sees #test_broken.causal<"visits_of_i32">
}

// -----

attn.spec @s heads 4 over 2 dims 16 x 16 of f32 {
  // expected-error@+1 {{'attn.attend' op #test_broken.causal<"null_mask">: expected emitMask to give i1 in the shape of the positions, got null}}
  attn.branch @b sees #test_broken.causal<"null_mask">
}

// -----

// Not of attention alone.
func.func @f(%q: tensor<?x4x16xf32> {attn.name = "q"}, %k: tensor<?x2x16xf32> {attn.name = "k"},
             %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> tensor<?x2x3xi32> {
  // expected-error@+1 {{'attn.index_blocks' op #test_broken.causal<"mask_of_i32">: expected emitMask to give i1 in the shape of the positions, got i32}}
  %s = attn.index_blocks %q over #test_broken.causal<"mask_of_i32"> into #attn.selected<block = 16> in %k, %cu
      : tensor<?x4x16xf32>, tensor<?x2x16xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  %i = attn.select_topk %s, %cu of #attn.selected<block = 16> top 3 initial 0 local 1
      : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x3xi32>
  return %i : tensor<?x2x3xi32>
}
