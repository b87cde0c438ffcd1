//===- EmitPtx.h - from the NVVM dialect to PTX -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_GPU_EMITPTX_H
#define FOVEA_TARGET_GPU_EMITPTX_H

#include "fovea/Hardware/GpuTargetInfo.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/LogicalResult.h"

#include <string>

namespace mlir {
class OpPassManager;
class Operation;
} // namespace mlir

namespace fovea {

/// From kernels in nvvm, llvm, scf, cf, arith and func to what emitPtx
/// translates. Runs on a builtin.module or a gpu.module. wgmma, mbarrier waits
/// and inline_ptx become inline assembly here and nowhere else, so no kernel
/// may skip it.
void buildNvvmToLLVMPipeline(mlir::OpPassManager &pm);

/// Registers `fovea-nvvm-to-llvm`, the pipeline above.
void registerGpuPipelines();

/// Translates each of `kernelModules` (a builtin.module or gpu.module that
/// buildNvvmToLLVMPipeline lowered) to LLVM IR, runs LLVM's O3 pipeline for
/// `target`, and writes PTX text, of the lowest version that has what the kernels call,
/// to its place in `ptx`. From LLVM IR on up to `jobs` modules are compiled at a time
/// (0: as many as there are cores).
/// Floating-point math stays as the IR has it:
/// no fast-math flag is added. Emits a diagnostic and fails for an operation
/// that the target lacks. The context must hold the translations of the
/// dialects (registerAllDialects). Needs no CUDA Toolkit; the same module gives
/// the same text, whatever is compiled beside it.
llvm::LogicalResult emitPtx(llvm::ArrayRef<mlir::Operation *> kernelModules,
                            const GpuTargetInfo &target, unsigned jobs,
                            llvm::MutableArrayRef<std::string> ptx);

/// The same of one module.
llvm::LogicalResult emitPtx(mlir::Operation *kernelModule, const GpuTargetInfo &target,
                            std::string &ptx);

} // namespace fovea

#endif // FOVEA_TARGET_GPU_EMITPTX_H
