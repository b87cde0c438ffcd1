//===- Passes.td - a pass over specs -----------------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef EXAMPLE_PASSES_TD
#define EXAMPLE_PASSES_TD

include "mlir/Pass/PassBase.td"

def DilateWindowsPass : Pass<"example-dilate-windows"> {
  let summary = "Let the windows of specs reach further back, with as many keys";
  let description = [{
    A branch that sees `#attn.window<w>` sees `#example.dilated<window = w * step, step>`
    instead: w keys, from as far back as w * step tokens. Other branches are left alone.

    Precondition: none. Postcondition: no branch of a spec has a window of its own.
    Numerics: another attention, by intent. Before, and after with step=4:

        attn.branch @near sees #attn.window<16>
        attn.branch @near sees #example.dilated<window = 64, step = 4>
  }];
  let options = [Option<"step", "step", "int64_t", "2", "distance between two keys, at least 1">];
  let dependentDialects = ["::example::ExampleDialect"];
}

#endif // EXAMPLE_PASSES_TD
