//===- EmitTileOpInterface.td - attn operations to tile ----*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_CONVERSION_EMIT_TILE_OP_INTERFACE_TD
#define FOVEA_CONVERSION_EMIT_TILE_OP_INTERFACE_TD

include "mlir/IR/OpBase.td"

def Fovea_EmitTileOpInterface : OpInterface<"EmitTileOpInterface"> {
  let cppNamespace = "::fovea";
  let description = [{
    The lowering of an attn operation to tile, which `convert-attn-to-tile` asks for. It
    frames a kernel for an operation or a group, and has each operation emitted in order
    on the kernel's tile.
  }];
  let methods = [
    InterfaceMethod<[{
        Emits the operation on the tile of `kernel`, whose builder is where it goes, and
        stores what leaves the kernel. Emits an error and fails where the operation's
        schedule does not fit it.
      }], "::llvm::LogicalResult", "emitTile", (ins "::fovea::KernelEmission &":$kernel)>,
    InterfaceMethod<[{
        Of an operation whose result has the form Scores: streams it to `consumer`, block
        0 up to that of the last query. Returns what `consumer` carries on, which starts as
        `inits`.
      }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "emitScores",
      (ins "::fovea::KernelEmission &":$kernel, "::mlir::ValueRange":$inits,
           "::fovea::ScoreConsumer":$consumer), [{}], [{
        return $_op->emitOpError() << "expected a stream of scores, got an operation "
                                      "whose lowering has none";
      }]>,
    InterfaceMethod<[{
        Columns of the result that are written at once, where the batch counts them: its
        array is of whole steps.
      }], "::mlir::FailureOr<int64_t>", "getColumnStep", (ins), [{}], [{ return int64_t(1); }]>,
    InterfaceMethod<[{
        What the results are of `parts` programs that each visit a part of the keys of a
        tile of queries. Emits an error and fails where the operation cannot be cut so.
      }], "::mlir::FailureOr<::fovea::QueryParts>", "getQueryParts", (ins "int64_t":$parts),
      [{}], [{
        return $_op->emitOpError() << "expected parts only of tiles of keys, or of keys "
                                      "that an attention or index heads visit, got a "
                                      "schedule with " << parts;
      }]>
  ];
}

#endif // FOVEA_CONVERSION_EMIT_TILE_OP_INTERFACE_TD
