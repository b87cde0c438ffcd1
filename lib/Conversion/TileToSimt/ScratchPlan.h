//===- ScratchPlan.h - whose rows lie at one place of scratch ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_SCRATCHPLAN_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_SCRATCHPLAN_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea::tile_to_simt {

/// The type of the rows that `op` writes to scratch; null for none.
mlir::RankedTensorType getScratchRows(mlir::Operation *op);

/// The operations of a kernel that hand rows over through shared memory, in groups of
/// one size each whose rows are never there at once: sums in the regions of a branch,
/// in a loop and behind it.
llvm::SmallVector<llvm::SmallVector<mlir::Operation *>>
groupScratch(tile::KernelOp kernel);

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_SCRATCHPLAN_H
