//===- ArgumentRole.h - what an argument means ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_ARGUMENTROLE_H
#define FOVEA_LIB_DRIVER_RUN_ARGUMENTROLE_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Support/ElementType.h"
#include "fovea/Support/RowCount.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace fovea {

struct ArrayInfo {
  std::string name; ///< `attn.name`, or `input0`, `output0`, ...
  ElementType type;
  std::vector<int64_t> shape; ///< dynamic sizes are negative
  RowCount rows;              ///< `attn.rows`
  Role role = Role::Rows;
  int64_t block = 0;              ///< for indices and scores: tokens per block
  attn::GatherPagesOp pages = {}; ///< of a cache: who takes its pages
  int64_t tokensPerPage = 0;      ///< of a cache

  bool hasStaticRows() const { return !shape.empty() && shape[0] >= 0; }
  /// The shape for a batch of these sizes.
  std::vector<int64_t> getShape(const BatchSizes &sizes) const;
};

/// An error names an operation that does not say what values it takes. Asked before the
/// others.
llvm::Error checkRoles(mlir::func::FuncOp function);

/// Of a function that attn-infer-rows has been over.
ArrayInfo getInputInfo(mlir::func::FuncOp function, unsigned i);
ArrayInfo getOutputInfo(mlir::func::FuncOp function, unsigned i);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_ARGUMENTROLE_H
