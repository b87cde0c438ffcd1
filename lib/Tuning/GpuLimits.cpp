//===- GpuLimits.cpp - shapes that no kernel of a GPU has -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/GpuSchedule.h"

#include "GpuShapes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/Models.h"
#include "fovea/Tuning/TuningInterfaces.h"

using namespace mlir;
using namespace fovea;

LogicalResult tuning::verifyMatrixOperands(Operation *op, ArrayRef<Value> packed) {
  for (Value value : packed) {
    auto type = cast<RankedTensorType>(value.getType());
    Type element = type.getElementType();
    if (!element.isF16() && !element.isBF16())
      return op->emitOpError() << "expected f16 or bf16 on a GPU, got " << element;
    if (type.getDimSize(2) % kDepth != 0)
      return op->emitOpError()
             << "expected " << kDepth << " to divide the head dims on a GPU, got "
             << type.getDimSize(2);
  }
  return success();
}

LogicalResult tuning::verifyGpuShape(Operation *root) {
  WalkResult result = root->walk([](attn::KernelOpInterface op) {
    auto model =
        attn::getModel<GpuScheduleOpInterface>(op, "schedules for kernels of a GPU");
    return model && succeeded(model.verifyGpuShape()) ? WalkResult::advance()
                                                      : WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}
