//===- LoopBuilder.h - short names for loops --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_LOOPBUILDER_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace fovea::tile_to_loops {

using Values = llvm::SmallVector<mlir::Value>;

/// An ImplicitLocOpBuilder that knows what loops over tiles say often.
class LoopBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Body = llvm::function_ref<void(mlir::Value)>;

  mlir::Value index(int64_t value);
  mlir::Value i32(int64_t value);

  void loop(mlir::Value begin, mlir::Value end, int64_t step, Body body);
  void loop(int64_t begin, int64_t end, int64_t step, Body body);
  /// From 0; a single step is no loop.
  void loop(int64_t end, int64_t step, Body body);
  /// From 0, with values that `body` gets and gives anew.
  Values carry(mlir::Value end, int64_t step, mlir::ValueRange inits,
               llvm::function_ref<Values(mlir::Value, mlir::ValueRange)> body);
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_LOOPBUILDER_H
