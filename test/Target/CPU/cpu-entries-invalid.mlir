// RUN: fovea-opt %s --cpu-entries=c-functions --split-input-file -verify-diagnostics

// expected-error @+1 {{expected an entry with a body that returns its status as i32, got '(memref<?x4xf32>) -> ()'}}
func.func @no_status(%x: memref<?x4xf32> {tile.name = "x", tile.rows = "tokens"}) attributes {tile.entry} {
  return
}

// -----

// expected-error @+1 {{expected an entry with a body that returns its status as i32, got a declaration of '(memref<?x4xf32>) -> i32'}}
func.func private @declared(%x: memref<?x4xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry}

// -----

// expected-error @+1 {{expected no other function of the name fovea.f, got one}}
func.func @f() {
  return
}
func.func @fovea.f() {
  return
}

// -----

// expected-error @+1 {{expected an entry that C and C++ can declare, got @class, which is a keyword or macro; rename the function}}
func.func @class(%x: memref<?x4xf32> {tile.name = "x", tile.rows = "tokens"}) -> i32 attributes {tile.entry} {
  %zero = arith.constant 0 : i32
  return %zero : i32
}
