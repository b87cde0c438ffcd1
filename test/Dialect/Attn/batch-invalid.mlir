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

// A batch is no array.
func.func @of_a_batch(%cuq: tensor<?xi32>, %cuk: tensor<?xi32>) {
  %b = attn.batch queries %cuq keys %cuk : tensor<?xi32>, tensor<?xi32>
  // expected-error @+1 {{custom op 'attn.batch' invalid kind of type specified: expected builtin.tensor, but found '!attn.batch'}}
  %c = attn.batch queries %cuq keys %b : tensor<?xi32>, !attn.batch
  return
}
