//===- Models.h - what tuning knows of the operations -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_MODELS_H
#define FOVEA_LIB_TUNING_OPERATIONS_MODELS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace fovea::tuning {

// One file each; each attaches its operation's models of the interfaces of tuning.
void attachAttendTuning(mlir::MLIRContext &context);
void attachCombineTuning(mlir::MLIRContext &context);
void attachCompressTuning(mlir::MLIRContext &context);
void attachIndexBlocksTuning(mlir::MLIRContext &context);
void attachScoreBlocksTuning(mlir::MLIRContext &context);
void attachSelectTopkTuning(mlir::MLIRContext &context);

inline int64_t headsOf(mlir::Value packed) {
  return mlir::cast<mlir::RankedTensorType>(packed.getType()).getDimSize(1);
}
inline int64_t dimOf(mlir::Value packed) {
  return mlir::cast<mlir::RankedTensorType>(packed.getType()).getDimSize(2);
}

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_OPERATIONS_MODELS_H
