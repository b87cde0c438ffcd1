//===- KeySetContract.h - answers of key sets, looked at --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A key set may be of a plugin, and its mistakes are diagnostics that name the
// attribute and the method. So what a method gives is looked at once, before anything
// is computed from it. Whether it is the right set of keys, fovea/KeySetCheck asks.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_KEYSETCONTRACT_H
#define FOVEA_DIALECT_ATTN_IR_KEYSETCONTRACT_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "mlir/IR/Operation.h"

#include <optional>
#include <string>

namespace fovea::attn {

/// What is wrong with an answer, as "expected emitMask to give ..., got ...", or
/// nothing.
using AnswerFault = std::optional<std::string>;

/// getKeyStride is at least 1, and getIndexBlock where the set needs indices; else it
/// is at least 0.
AnswerFault checkNumbers(KeySetInterface set);

/// Those methods' results are there and of the types that KeySetInterface says.
AnswerFault checkNumKeys(mlir::Value numKeys);
AnswerFault checkVisits(const VisitBounds &bounds);
AnswerFault checkTranspose(const QueryBounds &bounds);
/// `positions` is the type of the mask's `query` and `key`.
AnswerFault checkMask(mlir::Value mask, mlir::Type positions);

/// checkNumbers, with the fault as an error at `op`.
mlir::LogicalResult verifyNumbers(mlir::Operation *op, KeySetInterface set);

/// verifyNumbers; then lets `set` emit what kernels with key blocks of `keyBlock` take
/// from it, drops that, and says at `op` what is wrong with it. The dialect arith is
/// loaded.
mlir::LogicalResult verifyEmission(mlir::Operation *op, KeySetInterface set,
                                   int64_t keyBlock);

/// getCost, or an error at `op` where that is no number of pairs: one that is finite
/// and at least 0.
mlir::FailureOr<double> countPairs(mlir::Operation *op, KeySetInterface set,
                                   int64_t length, int64_t count);

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_KEYSETCONTRACT_H
