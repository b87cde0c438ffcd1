//===- AssemblyCache.h - no code to LLVM or ptxas twice ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_BUNDLE_ASSEMBLYCACHE_H
#define FOVEA_TARGET_BUNDLE_ASSEMBLYCACHE_H

#include "fovea/Target/GPU/AssemblePtx.h"
#include "mlir/IR/Operation.h"

#include <map>

namespace fovea {

/// The PTX of each kernel's module, and what ptxas made of it, whatever the kernel was
/// called. Both are most of a compile's time, and a compile that looks for a clean
/// schedule of one kernel meets the others again at each try.
class AssemblyCache {
public:
  struct Entry {
    std::string symbol; ///< what the cubin calls the kernel
    AssembledKernel kernel;
    std::string
        refusal; ///< ptxas' words for a kernel too large; then `kernel` is empty
  };

  explicit AssemblyCache(Ptxas ptxas) : ptxas(std::move(ptxas)) {}

  /// emitPtx of `kernelModule`, now or before.
  llvm::LogicalResult emit(mlir::Operation *kernelModule, const GpuTargetInfo &target,
                           std::string &ptx);

  /// `ptx`, of one kernel `symbol`, assembled for `target` now or before. Fails where
  /// assemblePtx does for another reason than the kernel's size. The entry lives as
  /// long as the cache.
  llvm::Expected<const Entry &> assemble(llvm::StringRef ptx, llvm::StringRef symbol,
                                         const GpuTargetInfo &target);

  /// How much PTX ptxas was given, which is what its time goes by: in bytes.
  size_t getAssembledBytes() const { return assembledBytes; }

private:
  Ptxas ptxas;
  size_t assembledBytes = 0;
  /// By the target's name and the module's text.
  std::map<std::string, std::string> emitted;
  /// By the target's name and the PTX with the kernel's symbol replaced.
  std::map<std::pair<llvm::StringRef, std::string>, Entry> entries;
};

} // namespace fovea

#endif // FOVEA_TARGET_BUNDLE_ASSEMBLYCACHE_H
