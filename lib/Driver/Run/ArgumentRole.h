//===- ArgumentRole.h - what an argument means ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_ARGUMENTROLE_H
#define FOVEA_LIB_DRIVER_RUN_ARGUMENTROLE_H

#include "fovea/Support/ElementType.h"
#include "fovea/Support/RowCount.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace fovea {

/// What values make sense, found from how the function uses them. What the rows count
/// is not found here: attn-infer-rows has written it on the function.
enum class Role {
  Rows,       ///< queries, keys, values, or anything else per row
  GateValues, ///< in [0, 1]
  Parameter,  ///< a weight or position of phi
  Indices,    ///< lists of blocks
  CuSeqlens
};

struct ArrayInfo {
  std::string name; ///< `attn.name`, or `input0`, `output0`, ...
  ElementType type;
  std::vector<int64_t> shape; ///< dynamic sizes are negative
  RowCount rows;              ///< `attn.rows`
  Role role = Role::Rows;
  int64_t block = 0; ///< for indices and scores: tokens per block

  bool hasStaticRows() const { return !shape.empty() && shape[0] >= 0; }
  /// The shape for a number of tokens and sequences.
  std::vector<int64_t> getShape(int64_t tokens, int64_t sequences) const;
};

/// Of a function that attn-infer-rows has been over.
ArrayInfo getInputInfo(mlir::func::FuncOp function, unsigned i);
ArrayInfo getOutputInfo(mlir::func::FuncOp function, unsigned i);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_ARGUMENTROLE_H
