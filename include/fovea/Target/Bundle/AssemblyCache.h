//===- AssemblyCache.h - no code to LLVM or ptxas twice ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_BUNDLE_ASSEMBLYCACHE_H
#define FOVEA_TARGET_BUNDLE_ASSEMBLYCACHE_H

#include "fovea/Target/GPU/AssemblePtx.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

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

  /// emitPtx of `kernelModules`, each now or before. They are to stay as they are as
  /// long as the cache: later ones are compared with them.
  llvm::LogicalResult emit(llvm::ArrayRef<mlir::Operation *> kernelModules,
                           const GpuTargetInfo &target, unsigned jobs,
                           llvm::MutableArrayRef<std::string> ptx);

  /// The PTX of one kernel, and what it calls it.
  struct Source {
    llvm::StringRef ptx, symbol;
  };

  /// Adds to `result` what became of each of `sources`, assembled for `target` now or
  /// before, up to `jobs` of them at a time (0: as many as there are cores). Of equal
  /// code the first source's counts. Fails where assemblePtx does for another reason
  /// than a kernel's size: the error is of the first such source, and `result` has
  /// those before it. The entries live as long as the cache.
  llvm::Error assemble(llvm::ArrayRef<Source> sources, const GpuTargetInfo &target,
                       unsigned jobs, llvm::SmallVectorImpl<const Entry *> &result);

  /// How much PTX ptxas was given, which is what its time goes by: in bytes.
  size_t getAssembledBytes() const { return assembledBytes; }

private:
  /// The target's name and the PTX with the kernel's symbol replaced.
  using Code = std::pair<llvm::StringRef, std::string>;

  /// A module that became PTX.
  struct Emitted {
    llvm::StringRef target;
    mlir::Operation *module;
    std::string ptx;
  };

  /// The PTX of an equal module, or null.
  const std::string *findEmitted(mlir::Operation *kernelModule,
                                 const GpuTargetInfo &target) const;

  Ptxas ptxas;
  size_t assembledBytes = 0;
  std::vector<Emitted> emitted;
  std::map<Code, Entry> entries;
};

} // namespace fovea

#endif // FOVEA_TARGET_BUNDLE_ASSEMBLYCACHE_H
