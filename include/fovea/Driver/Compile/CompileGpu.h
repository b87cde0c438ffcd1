//===- CompileGpu.h - from nvvm to what a GPU loads -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_COMPILE_COMPILEGPU_H
#define FOVEA_DRIVER_COMPILE_COMPILEGPU_H

#include "fovea/Driver/Compile/Compiler.h"
#include "fovea/Hardware/GpuTargetInfo.h"

namespace fovea {

/// Compiles `spec` and writes its PTX, a cubin, the bundle, or why its kernels have
/// their schedules. A kernel that the lint refuses is compiled again with its
/// schedule's next candidate, which is said where the schedule was a table's; one that
/// has none left is an error. Prints the report to stderr, and beside other output the
/// explanation to stdout, if these are asked for. Fails after a diagnostic.
llvm::LogicalResult emitGpuCode(SpecFile &spec, Emit kind,
                                const CompileOptions &options, StageTimer &timer,
                                llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_DRIVER_COMPILE_COMPILEGPU_H
