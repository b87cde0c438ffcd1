// RUN: fovea-opt %s -split-input-file -verify-diagnostics

func.func @batch_c1_ends(%cuq: tensor<3xi32>, %cuk: tensor<4xi32>) {
  // expected-error @+1 {{'attn.batch' op expected queries and keys of as many sequences, got 3 and 4 ends}}
  %b = attn.batch queries %cuq keys %cuk : tensor<3xi32>, tensor<4xi32>
  return
}

// -----

func.func @batch_c1_lengths(%cuq: tensor<?xi32>, %cuk: tensor<4xi32>, %n: tensor<4xi32>) {
  // expected-error @+1 {{'attn.batch' op expected lengths of 3 sequences, got 4}}
  %b = attn.batch queries %cuq keys %cuk lengths %n : tensor<?xi32>, tensor<4xi32>, tensor<4xi32>
  return
}

// -----

func.func @not_i32(%cuq: tensor<?xi64>, %cuk: tensor<?xi32>) {
  // expected-error @+1 {{'attn.batch' op operand #0 must be non-empty [sequences + 1] of 32-bit signless integer values, but got 'tensor<?xi64>'}}
  %b = attn.batch queries %cuq keys %cuk : tensor<?xi64>, tensor<?xi32>
  return
}

// -----

// Windows are of keys alone.
func.func @compress(%k: tensor<?x2x16xf32>, %cuq: tensor<?xi32>, %cuk: tensor<?xi32>) {
  %b = attn.batch queries %cuq keys %cuk : tensor<?xi32>, tensor<?xi32>
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %b
      // expected-error @+1 {{custom op 'attn.compress' invalid kind of type specified: expected builtin.tensor, but found '!attn.batch'}}
      : tensor<?x2x16xf32>, !attn.batch -> tensor<?x2x16xf32>
  return
}
