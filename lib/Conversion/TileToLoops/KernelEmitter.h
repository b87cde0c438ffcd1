//===- KernelEmitter.h - a tile kernel as loops -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELEMITTER_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELEMITTER_H

#include "fovea/Dialect/Tile/IR/Tile.h"

namespace fovea::tile_to_loops {

struct LoopTarget;

/// Writes the kernel's function before the kernel. It takes the kernel's arguments and
/// the program's ids, and then, where its scratch is too large for a stack, bytes that
/// are aligned to kScratchAlignment. Fails with a diagnostic.
mlir::LogicalResult emitKernel(tile::KernelOp kernel, const LoopTarget &target);

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELEMITTER_H
