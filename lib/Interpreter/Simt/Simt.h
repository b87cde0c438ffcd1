//===- Simt.h - launches of kernels of threads ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_SIMT_SIMT_H
#define FOVEA_LIB_INTERPRETER_SIMT_SIMT_H

#include "../Data.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace fovea::simt {

/// Runs the kernel of `module`, as `convert-tile-to-simt` leaves it, over the launch's
/// arguments: block after block, the warps of each in the order that the options say.
void runLaunch(mlir::gpu::GPUModuleOp module, mlir::ArrayRef<int64_t> grid,
               mlir::ArrayRef<tile::Datum> arguments, tile::Findings &findings,
               const tile::RunOptions &options);

} // namespace fovea::simt

#endif // FOVEA_LIB_INTERPRETER_SIMT_SIMT_H
