// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @gather_pages_c1_dynamic(%cache: tensor<?x?x2x16xf32>, %table: tensor<?xi32>) {
  // expected-error @+1 {{'attn.gather_pages' op expected a cache of static slots, heads and columns, the slots a power of 2 from 1 to 256, got 'tensor<?x?x2x16xf32>'}}
  %0 = attn.gather_pages %cache through %table : tensor<?x?x2x16xf32>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

// The second size is the heads, and the third the slots.
func.func @gather_pages_c1_slots(%cache: tensor<?x16x3x16xf32>, %table: tensor<?xi32>) {
  // expected-error @+1 {{expected a cache of static slots, heads and columns, the slots a power of 2 from 1 to 256, got 'tensor<?x16x3x16xf32>'}}
  %0 = attn.gather_pages %cache through %table heads_first : tensor<?x16x3x16xf32>, tensor<?xi32> -> tensor<?x16x16xf32>
  return
}

// -----

func.func @gather_pages_c1_many(%cache: tensor<?x512x3x16xf32>, %table: tensor<?xi32>) {
  // expected-error @+1 {{the slots a power of 2 from 1 to 256, got 'tensor<?x512x3x16xf32>'}}
  %0 = attn.gather_pages %cache through %table : tensor<?x512x3x16xf32>, tensor<?xi32> -> tensor<?x3x16xf32>
  return
}

// -----

func.func @gather_pages_c2_heads(%cache: tensor<?x16x2x16xf32>, %table: tensor<?xi32>) {
  // expected-error @+1 {{expected cache and out to agree in heads and element type, got 'tensor<?x16x2x16xf32>' and 'tensor<?x16x16xf32>'}}
  %0 = attn.gather_pages %cache through %table : tensor<?x16x2x16xf32>, tensor<?xi32> -> tensor<?x16x16xf32>
  return
}

// -----

func.func @gather_pages_c2_type(%cache: tensor<?x16x2x16xf16>, %table: tensor<?xi32>) {
  // expected-error @+1 {{expected cache and out to agree in heads and element type, got 'tensor<?x16x2x16xf16>' and 'tensor<?x2x16xf32>'}}
  %0 = attn.gather_pages %cache through %table : tensor<?x16x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf32>
  return
}

// -----

func.func @gather_pages_c3_end(%cache: tensor<?x16x2x24xf32>, %table: tensor<?xi32>) {
  // expected-error @+1 {{expected columns of the cache's 24 from a multiple of 8 on, got 17 from 8 on}}
  %0 = attn.gather_pages %cache through %table columns 8 : tensor<?x16x2x24xf32>, tensor<?xi32> -> tensor<?x2x17xf32>
  return
}

// -----

func.func @gather_pages_c3_first(%cache: tensor<?x16x2x24xf32>, %table: tensor<?xi32>) {
  // expected-error @+1 {{expected columns of the cache's 24 from a multiple of 8 on, got 8 from 4 on}}
  %0 = attn.gather_pages %cache through %table columns 4 : tensor<?x16x2x24xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @gather_pages_c3_below(%cache: tensor<?x16x2x24xf32>, %table: tensor<?xi32>) {
  // expected-error @+1 {{got 8 from -8 on}}
  %0 = attn.gather_pages %cache through %table columns -8 : tensor<?x16x2x24xf32>, tensor<?xi32> -> tensor<?x2x8xf32>
  return
}

// -----

func.func @gather_pages_c4(%cache: tensor<?x16x2x16xf32>, %table: tensor<3xi32>) {
  // expected-error @+1 {{expected 48 rows of 3 pages, got 3}}
  %0 = attn.gather_pages %cache through %table : tensor<?x16x2x16xf32>, tensor<3xi32> -> tensor<3x2x16xf32>
  return
}
