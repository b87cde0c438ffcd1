//===- Passes.td - conversions between levels --------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_CONVERSION_PASSES_TD
#define FOVEA_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertAttnToTilePass : Pass<"convert-attn-to-tile", "::mlir::ModuleOp"> {
  let summary = "Convert attn functions to launch programs of logical tile kernels";
  let description = [{
    A function over attn operations becomes a host function over memrefs: its inputs,
    then its results as outputs that the caller provides, and an i32 status (0, or 1
    for malformed `cu_seqlens`). `attn.name` becomes `tile.name`; outputs carry
    `tile.output`; the function carries `tile.entry`. Each operation or `attn.group`
    becomes one `tile.kernel` and one `tile.launch`; intermediates are memrefs that
    live from their first launch to their last.

    Every attend, whatever its key set, comes from one generator over visits: the key
    set's interface emits bounds and masks, and no other code asks what it is.

    Precondition: functions hold attn operations, constants and a return; operands of a kernel are
    function arguments or results of other kernels; specs are expanded. Postcondition:
    no attn operation and no key set remains. Numerics: f32 accumulation; exp as exp2
    with the scale folded in.

    ```mlir
    // before
    func.func @f(%q: tensor<?x8x64xf32>, ...) -> tensor<?x8x64xf32> {
      %o, %lse = attn.attend %q sees #attn.causal in %k, %v, %cu : ...
      return %o : tensor<?x8x64xf32>
    }
    // after
    func.func @f(%q: memref<?x8x64xf32>, ..., %o: memref<?x8x64xf32> {tile.output}) -> i32
        attributes {tile.entry} {
      %status = tile.check_sequences %cu, %tokens : memref<?xi32>
      ...
        tile.launch @f_attend grid(%tiles, %heads) (%q, %k, %v, %cu, %o) : ...
    }
    tile.kernel @f_attend(...) { ... tile.for_visits ... }
    ```
  }];
  let dependentDialects = ["::fovea::tile::TileDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

#endif // FOVEA_CONVERSION_PASSES_TD
