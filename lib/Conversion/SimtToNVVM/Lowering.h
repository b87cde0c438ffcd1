//===- Lowering.h - operations of simt, one at a time --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_SIMTTONVVM_LOWERING_H
#define FOVEA_LIB_CONVERSION_SIMTTONVVM_LOWERING_H

#include "fovea/Dialect/Simt/IR/Simt.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace fovea::simt {

/// Replaces one operation.
class Lowering {
public:
  static llvm::LogicalResult run(mlir::Operation *op);

private:
  explicit Lowering(mlir::Operation *op) : b(op->getLoc(), op) {}

  // Lowering.cpp: what they share.
  mlir::Value i32(int64_t value);
  mlir::Value i64(int64_t value);
  llvm::SmallVector<mlir::Value> elements(mlir::Value vector);
  mlir::Value vectorOf(llvm::ArrayRef<mlir::Value> values);
  /// Inline assembly; `result` is null, a scalar, or a struct.
  mlir::Operation *assembly(llvm::StringRef text, llvm::StringRef constraints,
                            mlir::ValueRange operands, mlir::Type result = {},
                            bool sideEffects = true);
  llvm::SmallVector<mlir::Value> unpack(mlir::Value structure, int64_t size);
  mlir::Type structOf(mlir::Type element, int64_t size);
  /// The same function of each element of a vector, or of a scalar.
  mlir::Value map(mlir::Value input,
                  llvm::function_ref<mlir::Value(mlir::Value)> function);

  // One overload for each operation of the dialect; what it gives replaces the result.

  // LowerProducts.cpp: matrix instructions and their operands.
  mlir::Value lower(DescriptorOp op);
  mlir::Value lower(WgmmaOp op);
  llvm::SmallVector<mlir::Value> lower(WgmmaWaitOp op);
  void lower(WgmmaFenceOp op);
  void lower(WgmmaCommitOp op);
  mlir::Value lower(MmaOp op);
  mlir::Value lower(LoadMatrixOp op);

  // LowerValues.cpp: what a thread computes, alone or with its warp.
  mlir::Value lower(SpecialOp op);
  mlir::Value lower(SharedBaseOp op);
  mlir::Value lower(ApproxOp op);
  mlir::Value lower(PackOp op);
  mlir::Value lower(UnpackOp op);
  mlir::Value lower(ShuffleOp op);
  mlir::Value lower(BallotOp op);
  mlir::Value lower(ElectOp op);
  mlir::Value lower(WarpReduceOp op);

  // LowerEffects.cpp: barriers, fences, copies, registers.
  void lower(SetRegistersOp op);
  void lower(BarrierInitOp op);
  void lower(BarrierWaitOp op);
  void lower(BarrierArriveOp op);
  void lower(BarrierExpectOp op);
  void lower(BarrierArriveCopiesOp op);
  void lower(CopiesWaitOp op);
  void lower(FenceBarrierInitOp op);
  void lower(FenceAsyncOp op);
  void lower(SyncBlockOp op);
  void lower(SleepOp op);
  void lower(SyncWarpOp op);
  void lower(SyncNamedOp op);
  void lower(ArriveNamedOp op);
  void lower(CopyAsyncOp op);
  void lower(TmaLoadOp op);

  template <typename OpT> llvm::LogicalResult replace(OpT op);

  mlir::ImplicitLocOpBuilder b;
};

} // namespace fovea::simt

#endif // FOVEA_LIB_CONVERSION_SIMTTONVVM_LOWERING_H
