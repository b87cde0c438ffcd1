//===- Branches.h - the attends of a function -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_BRANCHES_H
#define FOVEA_LIB_DRIVER_RUN_BRANCHES_H

#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Reference/Sequences.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace fovea {

/// One attention of a function of the attn level.
struct Branch {
  std::string name; ///< `window` where a result is `window_lse`, or `attend0`
  AttendedKeys attended;
};

std::vector<Branch> getBranches(mlir::func::FuncOp function);

/// Blocks in each query's list; 0 where the branch takes none.
int64_t getListSize(Branch &branch);

/// (query, key) pairs that one head of `branch` computes. Emits an error and fails
/// where its key set does not say how many.
mlir::FailureOr<double> getPairs(Branch &branch, const reference::Sequences &sequences);

/// (query, key) pairs of dense causal attention.
double getCausalPairs(const reference::Sequences &sequences);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_BRANCHES_H
