//===- RingWalk.h - rings along the control flow of a role ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What makes two roles that meet in rings neither race nor hang, as far as the shape of
// their code shows it:
//
//   producer                        consumers
//   put K at n ── n = puts so far    get K at n ── n = gets so far RingNumbers.cpp
//     │                                │
//     └── one order, under the same ───┘                                 RingOrder.cpp
//         loops and conditions
//
// A step is a put, post, get or take. If each side's numbers count its own steps, and
// both sides make the same steps, then a tile that is waited for is put, a slot that is
// waited for is given back, and a barrier's parity stands for one turn only.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_TILE_IR_RINGWALK_H
#define FOVEA_LIB_DIALECT_TILE_IR_RINGWALK_H

#include "fovea/Dialect/Tile/IR/Tile.h"

#include <optional>

namespace fovea::tile {

/// Whether `op` takes a ring one tile further on its side.
inline bool isRingStep(mlir::Operation *op) {
  return llvm::isa<PutOp, PostOp, GetOp, TakeOp>(op);
}
/// The ring and the number of an operation on a ring.
inline mlir::Value ringOf(mlir::Operation *op) { return op->getOperand(0); }
inline mlir::Value numberOf(mlir::Operation *op) { return op->getOperand(1); }

/// What a loop carries, value by value.
struct Carried {
  mlir::ValueRange inits, args, yields, results;
};
/// None: `op` is no loop whose body runs from its only block's arguments to its yield.
std::optional<Carried> getCarried(mlir::Operation *op);

/// specialize_c5: numbers count the steps of their side and ring.
llvm::LogicalResult verifyRingNumbers(SpecializeOp op);

/// specialize_c6: both sides make the same steps.
llvm::LogicalResult verifyRingOrder(SpecializeOp op);

} // namespace fovea::tile

#endif // FOVEA_LIB_DIALECT_TILE_IR_RINGWALK_H
