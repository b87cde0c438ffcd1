//===- LoopBuilder.h - short names for loops --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_LOOPBUILDER_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_LOOPBUILDER_H

#include "fovea/Support/IntegerBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace fovea::tile_to_loops {

using Values = llvm::SmallVector<mlir::Value>;

/// Index arithmetic, and what loops over tiles say often besides.
class LoopBuilder : public IntegerBuilder {
public:
  using IntegerBuilder::IntegerBuilder;
  using Body = llvm::function_ref<void(mlir::Value)>;

  /// A vector of `width` times `scalar`.
  mlir::Value splat(mlir::Value scalar, int64_t width);

  void loop(mlir::Value begin, mlir::Value end, int64_t step, Body body);
  void loop(int64_t begin, int64_t end, int64_t step, Body body);
  /// From 0; a single step is no loop.
  void loop(int64_t end, int64_t step, Body body);
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_LOOPBUILDER_H
