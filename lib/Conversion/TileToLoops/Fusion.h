//===- Fusion.h - runs of elementwise operations ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_FUSION_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_FUSION_H

#include "Layouts.h"
#include "llvm/ADT/SmallVector.h"

namespace fovea::tile_to_loops {

/// The elementwise operations of a kernel, cut into runs that are computed by one
/// loop nest each. A run has one shape and one layout.
///
/// Operations sink to just before the first operation that is not elementwise and
/// needs them, so a run is as long as the data flow allows; they are moved in the
/// kernel itself, which keeps every later analysis a matter of program order.
class Fusion {
public:
  using Run = llvm::SmallVector<mlir::Operation *>;
  Fusion(tile::KernelOp kernel, const Layouts &layouts);

  /// The run that `op` belongs to, or null.
  const Run *runOf(mlir::Operation *op) const;
  /// The results of `run` that something outside it reads, and so are stored.
  static llvm::SmallVector<mlir::Value> outputs(const Run &run);

private:
  void sinkInto(mlir::Block &block);
  void place(llvm::ArrayRef<mlir::Operation *> needed, mlir::Operation *before);

  const Layouts &layouts;
  llvm::SmallVector<std::unique_ptr<Run>> runs;
  llvm::DenseMap<mlir::Operation *, const Run *> runOfOp;
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_FUSION_H
