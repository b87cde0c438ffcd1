//===- CompileGpu.h - from nvvm to what a GPU loads -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_COMPILEGPU_H
#define FOVEA_LIB_DRIVER_COMPILEGPU_H

#include "fovea/Driver/Compiler.h"
#include "fovea/Target/GPU/GpuTargetInfo.h"

namespace fovea {

/// Emits a diagnostic and fails for a kernel that is still one of tiles.
llvm::LogicalResult checkKernelsLowered(mlir::ModuleOp module,
                                        const GpuTargetInfo &target);

/// Writes the PTX, a cubin or the bundle of `module`, which is at Level::Nvvm and
/// is lowered further in place. Prints the report to stderr if that is asked for.
/// Fails after a diagnostic: a kernel that the lint refuses is one.
llvm::LogicalResult emitGpuCode(mlir::ModuleOp module, Emit kind,
                                const CompileOptions &options, StageTimer &timer,
                                llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_COMPILEGPU_H
