//===- Models.h - the operations' lowerings to tile -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_OPERATIONS_MODELS_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_OPERATIONS_MODELS_H

namespace mlir {
class MLIRContext;
}

namespace fovea {

// One file each; each attaches its operation's, or its family's, model of
// EmitTileOpInterface.
void attachAttendLowering(mlir::MLIRContext &context);
void attachAttendDeltaLowering(mlir::MLIRContext &context);
void attachAttendGradKVLowering(mlir::MLIRContext &context);
void attachAttendGradQLowering(mlir::MLIRContext &context);
void attachCombineLowering(mlir::MLIRContext &context);
void attachCombineGradGatesLowering(mlir::MLIRContext &context);
void attachCompressLowering(mlir::MLIRContext &context);
void attachCompressGradHiddenLowering(mlir::MLIRContext &context);
void attachCompressGradInputLowering(mlir::MLIRContext &context);
void attachCompressGradParamsLowering(mlir::MLIRContext &context);
void attachIndexBlocksLowering(mlir::MLIRContext &context);
void attachInvertListsLowering(mlir::MLIRContext &context);
void attachScoreBlocksLowering(mlir::MLIRContext &context);
void attachSelectTopkLowering(mlir::MLIRContext &context);
void attachSumLowering(mlir::MLIRContext &context);
void attachSumTokensLowering(mlir::MLIRContext &context);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_OPERATIONS_MODELS_H
