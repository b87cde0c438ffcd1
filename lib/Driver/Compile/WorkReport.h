//===- WorkReport.h - the least that each GPU kernel needs ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_COMPILE_WORKREPORT_H
#define FOVEA_LIB_DRIVER_COMPILE_WORKREPORT_H

#include "fovea/Driver/Compile/Compiler.h"
#include "fovea/Target/Bundle/CompileKernels.h"
#include "fovea/Target/Bundle/LaunchProgram.h"

namespace fovea {

/// A table of what one launch of each kernel computes and moves for
/// `options.workTokens` tokens, and of the time that a machine of the target needs at
/// least. Kernels without `tile.work` in `module`, as those written by hand, are left
/// out; without any, nothing is printed.
void printWorkReport(mlir::ModuleOp module, llvm::ArrayRef<CompiledKernel> kernels,
                     const GpuOptions &options, llvm::raw_ostream &stream);

/// A table of the workspace that a call of each entry takes for one sequence of
/// `options.workTokens` tokens.
void printWorkspaceReport(llvm::ArrayRef<LaunchProgram> entries,
                          const GpuOptions &options, llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_COMPILE_WORKREPORT_H
