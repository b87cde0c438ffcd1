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

// expected-error @+1 {{expected attn.name on arguments and results of a function only}}
func.func private @function() attributes {attn.name = "f"}
