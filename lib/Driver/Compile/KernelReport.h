//===- KernelReport.h - what each GPU kernel uses ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_COMPILE_KERNELREPORT_H
#define FOVEA_LIB_DRIVER_COMPILE_KERNELREPORT_H

#include "fovea/Target/Bundle/CompileKernels.h"

namespace fovea {

/// A table with a row per kernel, then ptxas' advisories.
void printKernelReport(llvm::ArrayRef<CompiledKernel> kernels,
                       const GpuTargetInfo &target, llvm::raw_ostream &stream);

/// The schedule that each kernel was given, of those that have one: tokens/keys/stages/
/// query stages, and the rows that a token takes where they are not its heads.
void printScheduleReport(mlir::ModuleOp module, llvm::ArrayRef<CompiledKernel> kernels,
                         llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_COMPILE_KERNELREPORT_H
