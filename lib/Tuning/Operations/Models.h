//===- Models.h - what tuning knows of the operations -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_MODELS_H
#define FOVEA_LIB_TUNING_OPERATIONS_MODELS_H

#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/TypeUtilities.h"

namespace fovea::tuning {

// One file each; each attaches its operation's, or its family's, models of the
// interfaces of tuning.
void attachAttendTuning(mlir::MLIRContext &context);
void attachAttendGradTuning(mlir::MLIRContext &context);
void attachAttendGradKVTuning(mlir::MLIRContext &context);
void attachCombineTuning(mlir::MLIRContext &context);
void attachCompressTuning(mlir::MLIRContext &context);
void attachCompressGradTuning(mlir::MLIRContext &context);
void attachIndexBlocksTuning(mlir::MLIRContext &context);
void attachInvertListsTuning(mlir::MLIRContext &context);
void attachRowGradientsTuning(mlir::MLIRContext &context);
void attachScoreBlocksTuning(mlir::MLIRContext &context);
void attachSelectTopkTuning(mlir::MLIRContext &context);
void attachSumTokensTuning(mlir::MLIRContext &context);

using attn::dimOf;
using attn::headsOf;

inline mlir::Type typeOf(mlir::Value tensor) {
  return mlir::getElementTypeOrSelf(tensor);
}

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_OPERATIONS_MODELS_H
