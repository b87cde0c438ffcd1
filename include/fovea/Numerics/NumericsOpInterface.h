//===- NumericsOpInterface.h - numbers of operations ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_NUMERICS_NUMERICSOPINTERFACE_H
#define FOVEA_NUMERICS_NUMERICSOPINTERFACE_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace fovea {

class ErrorBounds;

/// What values of an array make sense. What its rows count is not said here:
/// attn-infer-rows has written that on the function.
enum class Role {
  Rows,       ///< queries, keys, values, or anything else per row
  GateValues, ///< in [0, 1]
  Parameter,  ///< a weight or position of phi
  Indices,    ///< lists of blocks
  CuSeqlens,
  Lengths,  ///< of sequences
  PageTable ///< of keys that lie in pages
};

/// What one operation takes an operand for, or gives a result as.
struct ValueRole {
  Role role = Role::Rows;
  int64_t block = 0; ///< of indices: tokens per block
};

/// Lists of blocks, chosen by their scores: two devices may choose differently where
/// scores are as near as their errors.
struct BlockChoice {
  mlir::Value scores;  ///< [T, Hkv, N]
  mlir::Value indices; ///< [T, Hkv, n]: of each query, ascending, unused slots -1
  int64_t block;       ///< tokens per block
  int64_t initial;     ///< the first blocks, and the local ones up to the query's own,
  int64_t local;       ///< are chosen whatever their scores
};

/// The keys of one attention.
struct AttendedKeys {
  attn::KeySetInterface keys;
  mlir::Value indices; ///< null where the key set needs none
  mlir::Value lse;     ///< whose name, `NAME_lse`, is that of a branch
};

/// Attaches what values the attn dialect's operations take, and their error bounds.
void registerNumericsModels(mlir::DialectRegistry &registry);

} // namespace fovea

#include "fovea/Numerics/NumericsOpInterface.h.inc"

#endif // FOVEA_NUMERICS_NUMERICSOPINTERFACE_H
