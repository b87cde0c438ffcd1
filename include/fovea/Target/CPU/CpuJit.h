//===- CpuJit.h - compiled and run in this process --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CPU_CPUJIT_H
#define FOVEA_TARGET_CPU_CPUJIT_H

#include "fovea/Target/CPU/CpuTarget.h"

namespace mlir {
class ExecutionEngine;
}

namespace fovea {

/// A module's functions as code in this process. Entries take pointers to memref
/// descriptors (allocated, aligned, offset, sizes, strides) and scalars by value.
class CpuJit {
public:
  /// Compiles a module that buildCpuPipeline lowered for `target`. Diagnostics go to
  /// the module's context.
  static mlir::FailureOr<std::unique_ptr<CpuJit>> create(mlir::ModuleOp module,
                                                         const CpuTargetInfo &target);
  ~CpuJit();

  /// The address of entry @name (its `_mlir_ciface_` form), or null.
  void *lookup(llvm::StringRef name) const;

  /// Entry @name for callers that learn its arguments at run time, or null: it takes
  /// the address of each argument, then that of the result.
  using PackedEntry = void (*)(void **arguments);
  PackedEntry lookupPacked(llvm::StringRef name) const;

private:
  explicit CpuJit(std::unique_ptr<mlir::ExecutionEngine> engine);
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

} // namespace fovea

#endif // FOVEA_TARGET_CPU_CPUJIT_H
