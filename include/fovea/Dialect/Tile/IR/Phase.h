//===- Phase.h - how far down a kernel is -----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A kernel goes through phases, and each pass takes one of them and makes the next:
//
//   Logical ─tile-place▶ Placed ─tile-specialize▶ Specialized ─tile-place-waits▶
//   WaitsPlaced
//
// Verifiers hold what is true of every phase. What is true of one, the pass that takes
// it asks for here, before it changes anything.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_PHASE_H
#define FOVEA_DIALECT_TILE_IR_PHASE_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea::tile {

enum class Phase { Logical, Placed, Specialized, WaitsPlaced };

/// Whether `kernel` is in `phase`, and holds only what a pass that takes the phase
/// knows:
///
/// - tiles are of f32, f16, bf16, i32 or i1, and what makes or reads one is an
/// operation
///   of tile, elementwise, a constant, a splat, or control flow of scf;
/// - control flow is scf.if and scf.for, and scf.while once there are roles;
/// - views are the kernel's arguments, and tile operations, memref.load and memref.dim
///   access them, and memref.store in Logical;
/// - no tile has an encoding (Logical), or each has one of this dialect's;
/// - the entries of a top-k with a queue are read by one operation of a top-k;
/// - roles and rings are there from Specialized on, and not before;
/// - products are waited for apart from their start in WaitsPlaced, and only there.
///
/// Else one diagnostic, at the first operation that is not so.
mlir::LogicalResult verifyPhase(KernelOp kernel, Phase phase);

/// Where to say something of `op`: its location or, where folding left it none, that of
/// the nearest operation around it which has one.
mlir::Location getPlace(mlir::Operation *op);

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_PHASE_H
