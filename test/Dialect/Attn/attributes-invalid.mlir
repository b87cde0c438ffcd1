// RUN: fovea-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected attn.name to be a string, got 4 : i64}}
func.func private @argument(tensor<?xi32> {attn.name = 4})

// -----

// expected-error @+1 {{expected attn.rows to be a string, got unit}}
func.func private @result() -> (tensor<?xi32> {attn.rows})

// -----

// expected-error @+1 {{expected one of attn.name, attn.rows, got attn.row}}
func.func private @misspelt(tensor<?xi32> {attn.row = "tokens"})

// -----

// expected-error @+1 {{expected attn.name on an operation of attention, or on arguments and results of a function only}}
func.func private @function() attributes {attn.name = "f"}

// -----

// expected-error @+1 {{expected attn.rows on arguments and results of a function only}}
func.func private @function() attributes {attn.rows = "tokens"}

// -----

// expected-error @+1 {{expected attn.most_queries to be an i64 of at least 1, got 0 : i64}}
func.func private @no_queries() attributes {attn.most_queries = 0 : i64}

// -----

func.func @queries_of_an_operation(%x: tensor<?x2x8xf32>) {
  // expected-error @+1 {{expected attn.most_queries on a function only}}
  %d = attn.attend_delta %x, %x {attn.most_queries = 1 : i64} : tensor<?x2x8xf32>, tensor<?x2x8xf32> -> tensor<?x2xf32>
  return
}

// -----

// expected-error @+1 {{expected attn.backward to be names of results, got unit}}
func.func private @mark() attributes {attn.backward}

// -----

func.func @mark_of_an_operation(%x: tensor<?x2x8xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{expected attn.backward on a function only}}
  %d = attn.attend_delta %x, %x {attn.backward = []} : tensor<?x2x8xf32>, tensor<?x2x8xf32> -> tensor<?x2xf32>
  return %d : tensor<?x2xf32>
}

// -----

func.func @name_of_an_operation(%x: tensor<?x2x8xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{expected attn.name to be a string, got 1 : i64}}
  %d = attn.attend_delta %x, %x {attn.name = 1} : tensor<?x2x8xf32>, tensor<?x2x8xf32> -> tensor<?x2xf32>
  return %d : tensor<?x2xf32>
}
