//===- CompileKernels.h - every kernel of a module, to a cubin --*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_BUNDLE_COMPILEKERNELS_H
#define FOVEA_TARGET_BUNDLE_COMPILEKERNELS_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Target/Bundle/AssemblyCache.h"
#include "fovea/Target/GPU/LintKernels.h"

namespace mlir {
class ModuleOp;
}

namespace fovea {

/// One kernel, as the stages of the GPU target made it.
struct CompiledKernel {
  std::string name;        ///< what launches call it
  std::string symbol;      ///< what the cubin calls it
  tile::KernelAbiAttr abi; ///< how it is launched; the context must outlive this
  std::string ptx;
  std::string cubin;  ///< empty, as what follows, if it was not assembled
  PtxasReport report; ///< calls the kernel by its symbol
  std::vector<Finding> findings;

  /// What ptxas says of the kernel itself; null if it was not assembled.
  const FunctionReport *getUsage() const;
  /// Static and dynamic.
  int64_t getSharedBytes() const;
};

/// Compiles the gpu.modules of `module` that have `tile.kernel_abi`, or the one that is
/// called `only` if that is not empty, in their order, and lowers them in place on the
/// way, to PTX: up to `jobs` at a time (0: as many as there are cores), with the same
/// result for any number. What `cache`, if there is one, has is taken from it, and
/// `module` is then to outlive it. Emits a diagnostic and fails where a stage does.
llvm::LogicalResult emitKernels(mlir::ModuleOp module, const GpuTargetInfo &target,
                                llvm::StringRef only, unsigned jobs,
                                AssemblyCache *cache,
                                std::vector<CompiledKernel> &kernels);

/// Gives `kernels`, which emitKernels made of `module`, cubins, reports and findings;
/// `jobs` as there. Kernels of one code, whatever they are called, share the first
/// one's cubin and symbol; so do those of earlier calls with `cache`. Emits a
/// diagnostic and fails where ptxas does; findings, one of which is that a kernel is
/// too large for ptxas, are the caller's to judge.
llvm::LogicalResult assembleKernels(mlir::ModuleOp module, const GpuTargetInfo &target,
                                    unsigned jobs, AssemblyCache &cache,
                                    std::vector<CompiledKernel> &kernels);

/// Emits every finding of `kernels` as an error at its kernel in `module`; fails if
/// there is one.
llvm::LogicalResult refuseFindings(mlir::ModuleOp module,
                                   llvm::ArrayRef<CompiledKernel> kernels);

} // namespace fovea

#endif // FOVEA_TARGET_BUNDLE_COMPILEKERNELS_H
