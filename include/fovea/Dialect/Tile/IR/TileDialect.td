//===- TileDialect.td - the tile dialect -------------------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_TILE_DIALECT_TD
#define FOVEA_TILE_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::fovea::tile";
  let summary = "How one block of work is computed";
  let description = [{
    Kernels over whole tiles (ranked tensors of static shape) and loops over key
    blocks. Elementwise math is `arith` and `math` on tile tensors, control flow is
    `scf`; this dialect adds what upstream lacks. No operation names a key set.

    It has two phases. Logical kernels name no thread and no place, so any target can
    run them, and the CPU does as they stand. In placed kernels every tile has an
    encoding, and roles meet in rings; GPUs are lowered from there.

    A tile has rank 1 (one value per row) or 2 (rows x columns). Views are memrefs of
    global data. Positions are within a sequence.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::tensor::TensorDialect"];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
}

def Tile_VisitsType : TypeDef<Tile_Dialect, "Visits"> {
  let mnemonic = "visits";
  let summary = "an ordered stream of key blocks";
  let description = [{
    Ascending (key block, token mask, needs element mask). A range and a union of
    index lists are its producers, `tile.for_visits` its consumer.
  }];
}

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "how elements are reduced", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Max", 1, "max">]> {
  let cppNamespace = "::fovea::tile";
}

/// How often something happens, or how far apart: an i32 in kernels.
def Tile_Count : ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<0x7fffffff>]>;

/// See kGridRank in fovea/Support/Sizes.h.
def Tile_GridAxis : ConfinedAttr<I64Attr, [AttrConstraint<
    CPred<"uint64_t(::llvm::cast<::mlir::IntegerAttr>($_self).getInt()) < ::fovea::kGridRank">,
    "an axis of the grid">]>;

class Tile_Op<string mnemonic, list<Trait> traits = []>
    : Op<Tile_Dialect, mnemonic, traits>;

#endif // FOVEA_TILE_DIALECT_TD
