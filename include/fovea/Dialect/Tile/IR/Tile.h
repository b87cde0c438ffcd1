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

#include <optional>

#include "fovea/Dialect/Tile/IR/TileAttrInterfaces.h.inc"
#include "fovea/Dialect/Tile/IR/TileDialect.h.inc"
#include "fovea/Dialect/Tile/IR/TileEnums.h.inc"
#include "fovea/Dialect/Tile/IR/TileOpInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileTypes.h.inc"
#define GET_OP_CLASSES
#include "fovea/Dialect/Tile/IR/TileOps.h.inc"

namespace fovea::tile {

// Discardable attributes. The dialect verifies that each is of its type, and that there
// is no other `tile.` attribute.

/// #tile.schedule: that of a kernel, and of the attn operation or group that it comes
/// from.
constexpr llvm::StringLiteral kScheduleAttrName = "tile.schedule";

/// #tile.candidates: the schedules that an attn operation or group without one may
/// have.
constexpr llvm::StringLiteral kCandidatesAttrName = "tile.candidates";

/// #tile.candidate: whose candidate a schedule was.
constexpr llvm::StringLiteral kCandidateAttrName = "tile.candidate";

/// i64, on a kernel whose schedule has group_rows: the heads of a group, which are the
/// rows of a token that count; the others are padding.
constexpr llvm::StringLiteral kHeadsAttrName = "tile.heads";

/// #tile.work: what an attn operation or group, and so its kernel, asks for.
constexpr llvm::StringLiteral kWorkAttrName = "tile.work";

/// #tile.kernel_abi, on a gpu.module: how the kernel in it is launched. A kernel has it
/// once it has left the tile level.
constexpr llvm::StringLiteral kKernelAbiAttrName = "tile.kernel_abi";

/// i64, on a tile.load of a placed kernel: loads of one number share a ring.
constexpr llvm::StringLiteral kRingAttrName = "tile.ring";

/// Unit, on a host function: it is an entry, which callers see.
constexpr llvm::StringLiteral kEntryAttrName = "tile.entry";

/// i64, on an entry that takes at most so many tokens; others take 2^31 - 1.
constexpr llvm::StringLiteral kMostTokensAttrName = "tile.most_tokens";

/// A string, on an argument of an entry: what callers call it.
constexpr llvm::StringLiteral kNameAttrName = "tile.name";

/// Unit, on an argument of an entry: the entry writes it.
constexpr llvm::StringLiteral kOutputAttrName = "tile.output";

/// Unit, on a view of a kernel: the kernel reads of it what it then overwrites
/// (kernel_c7).
constexpr llvm::StringLiteral kInPlaceAttrName = "tile.in_place";

/// On an argument of an entry: what its rows count, as RowCount's text
/// (fovea/Support/RowCount.h). An argument of dynamic rows has it.
constexpr llvm::StringLiteral kRowsAttrName = "tile.rows";

/// Whether a value of `type` is a tile of a ring, in shared memory.
bool isInSlot(mlir::Type type);

/// The part of `kernel`'s schedule that a GPU reads; null where it has none, as kernels
/// may that fill rows with zeros or were placed by hand: their blocks have a
/// multiprocessor each, whose warpgroups multiply.
GpuAttr getGpuSchedule(KernelOp kernel);

/// Whether `op` is a gpu.module with tile.kernel_abi.
bool isLoweredKernel(mlir::Operation *op);

/// What tile.kernel_abi of `op` says; null where it has none.
KernelAbiAttr getKernelAbi(mlir::Operation *op);

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_TILE_H
