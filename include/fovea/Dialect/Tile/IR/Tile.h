//===- Tile.h - the tile dialect --------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_TILE_H
#define FOVEA_DIALECT_TILE_IR_TILE_H

#include "fovea/Support/Sizes.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "fovea/Dialect/Tile/IR/TileDialect.h.inc"
#include "fovea/Dialect/Tile/IR/TileEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileTypes.h.inc"
#define GET_OP_CLASSES
#include "fovea/Dialect/Tile/IR/TileOps.h.inc"

namespace fovea::tile {

/// The schedule of a kernel, and of the attn operation or group that it comes from.
constexpr llvm::StringLiteral kScheduleAttrName = "tile.schedule";

/// Which choice that schedule was: `key`, the operation's name for
/// attn-choose-schedules, `left`, candidates after it, and `shape`, in words, what
/// decides which fit.
constexpr llvm::StringLiteral kCandidateAttrName = "tile.candidate";

/// On a kernel whose schedule has group_rows: the heads of a group, which are the rows
/// of a token that count; the others are padding.
constexpr llvm::StringLiteral kHeadsAttrName = "tile.heads";

/// What an attn operation or group, and so its kernel, asks for: the members of
/// tuning::Work as i64, by name.
constexpr llvm::StringLiteral kWorkAttrName = "tile.work";

/// On a gpu.module: how the kernel in it is launched, in the words of
/// docs/bundle.md. A kernel has it once it has left the tile level.
constexpr llvm::StringLiteral kLoweredKernelAttrName = "fovea.kernel";

/// Whether `op` is a gpu.module with the attribute above.
bool isLoweredKernel(mlir::Operation *op);

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_TILE_H
