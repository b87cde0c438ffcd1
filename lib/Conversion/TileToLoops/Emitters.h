//===- Emitters.h - loops of one operation each -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Each function writes the loops of its operation at the builder's place: it maps the
// scalars that the operation gives, and fills the scratch of the tiles. Operations that
// hold others get `emitBlock`, which writes those of a block one after the other.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_EMITTERS_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_EMITTERS_H

#include "TileAccess.h"

namespace fovea::tile_to_loops {

/// What the emitters of one kernel share.
struct Emission {
  const KernelFrame &frame;
  mlir::IRMapping &scalars; ///< the kernel's scalars -> the function's
  Scratch &scratch;
  TileAccess &tiles;
  LoopBuilder &b;

  mlir::Value scalar(mlir::Value value) const { return scalars.lookup(value); }
};

/// Fails after a diagnostic.
using BlockEmitter = llvm::function_ref<mlir::LogicalResult(mlir::Block &)>;

// EmitControl.cpp
mlir::LogicalResult emitFor(const Emission &emission, mlir::scf::ForOp op,
                            BlockEmitter emitBlock);
mlir::LogicalResult emitIf(const Emission &emission, mlir::scf::IfOp op,
                           BlockEmitter emitBlock);
/// Those that are no tiles.
llvm::SmallVector<mlir::Value> scalarsOnly(mlir::ValueRange values);
/// The function's scalars for those among `values`.
llvm::SmallVector<mlir::Value> lookupScalars(const Emission &emission,
                                             mlir::ValueRange values);
/// Writes what a loop or a branch runs, and moves the tiles that it yields; gives the
/// scalars.
llvm::FailureOr<llvm::SmallVector<mlir::Value>>
emitBody(const Emission &emission, mlir::Block &body, BlockEmitter emitBlock);

// EmitVisits.cpp
mlir::LogicalResult emitForVisits(const Emission &emission, tile::ForVisitsOp op,
                                  BlockEmitter emitBlock);

// EmitLocate.cpp
void emitLocate(const Emission &emission, tile::LocateOp op);
void emitSequence(const Emission &emission, tile::SequenceOp op);

// EmitMemory.cpp
void emitLoad(const Emission &emission, tile::LoadOp op);
void emitStore(const Emission &emission, tile::StoreOp op);

// EmitElementwise.cpp
void emitRun(const Emission &emission, const Fusion::Run &run);
void emitRepeat(const Emission &emission, tile::RepeatOp op);

// EmitLists.cpp
void emitInvertLists(const Emission &emission, tile::InvertListsOp op);

// EmitDot.cpp
void emitDot(const Emission &emission, tile::DotOp op);

// EmitReduce.cpp
void emitReduce(const Emission &emission, tile::ReduceOp op);
void emitBlockMax(const Emission &emission, tile::BlockMaxOp op);

// EmitSelection.cpp
void emitBandSum(const Emission &emission, tile::BandSumOp op);
void emitTopkUpdate(const Emission &emission, tile::TopkUpdateOp op);
void emitTopkIndices(const Emission &emission, tile::TopkIndicesOp op);

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_EMITTERS_H
