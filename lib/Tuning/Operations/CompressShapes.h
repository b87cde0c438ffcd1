//===- CompressShapes.h - sizes of phi and of its gradients -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_COMPRESSSHAPES_H
#define FOVEA_LIB_TUNING_OPERATIONS_COMPRESSSHAPES_H

#include "../GpuShapes.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Tuning/CpuModel.h"
#include "llvm/Support/raw_ostream.h"

namespace fovea {
struct GpuTargetInfo;
}

namespace fovea::tuning {

/// Elements of a tile of windows on a CPU.
inline constexpr int64_t kMostWindowElements = 1 << 15;
/// Columns that a lane of a compression holds 32nds of.
inline constexpr int64_t kMostCompressed = 1024;

/// Whether phi multiplies with matrices.
inline bool hasProducts(attn::PhiAttr phi) {
  return phi.getKind() == attn::PhiKind::Linear || phi.getKind() == attn::PhiKind::Mlp;
}

/// Columns of phi's hidden layer; 0 where it has none.
inline int64_t hiddenOf(attn::PhiAttr phi) {
  return phi.getKind() == attn::PhiKind::Mlp ? phi.getHidden() : 0;
}

/// Emits an error and fails where lanes do not hold `dim` columns.
inline llvm::LogicalResult verifyLaneColumns(mlir::Operation *op, int64_t dim) {
  if (dim <= kMostCompressed)
    return llvm::success();
  return op->emitOpError() << "expected a head dim of at most " << kMostCompressed
                           << " on a GPU, got " << dim;
}

/// Emits an error and fails where a GPU's matrix instructions do not take rows of phi.
inline llvm::LogicalResult verifyProductShape(mlir::Operation *op, mlir::Value packed) {
  if (failed(verifyMatrixOperands(op, {packed})))
    return llvm::failure();
  if (dimOf(packed) <= kMostColumns)
    return llvm::success();
  return op->emitOpError() << "expected a head dim of at most " << kMostColumns
                           << " for products with phi's matrices on a GPU, got "
                           << dimOf(packed);
}

/// Emits an error and fails where `schedule` does not take phi's matrices [dim,
/// columns], 0 where it has none, in parts of a tile each.
inline llvm::LogicalResult verifyDepth(mlir::Operation *op, tile::ScheduleAttr schedule,
                                       int64_t dim, int64_t columns) {
  int64_t depth = schedule.getDepth() ? schedule.getDepth() : dim;
  if (dim % depth != 0)
    return op->emitOpError()
           << "expected the schedule's depth to divide the head dim, got " << depth
           << " and " << dim;
  if (depth * columns > kMostMatrixElements)
    return op->emitOpError() << "expected the schedule's depth to be at most "
                             << kMostMatrixElements / columns << " beside " << columns
                             << " columns of phi's matrix, got " << depth;
  return llvm::success();
}

/// A warpgroup's rows, and as many parts of phi's matrices [dim, columns] in flight as
/// fit.
tile::ScheduleAttr makeProductSchedule(mlir::MLIRContext *context, int64_t dim,
                                       int64_t columns, const GpuTargetInfo &target);

/// The description of the kernel of an attn.compress or a gradient of one, of which
/// some results may not be read.
template <typename OpT> std::string describeCompression(OpT op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << OpT::getOperationName().substr(sizeof("attn.") - 1)
         << "<dim = " << dimOf(op.getInput()) << ", type = " << typeOf(op.getInput())
         << ", windows = " << op.getWindowsAttr() << ", phi = " << op.getPhiAttr()
         << (op.getPositions() ? ", positions" : "");
  for (mlir::OpResult result : op->getResults())
    if (result.use_empty())
      stream << ", without result " << result.getResultNumber();
  stream << ">";
  return text;
}

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_OPERATIONS_COMPRESSSHAPES_H
