//===- GradModels.cpp - the numbers of gradients --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Which values gradients may be given, so that the reference runs them, and what bounds
// a device's errors (GradBounds.cpp).
//
//===----------------------------------------------------------------------===//

#include "GradModels.h"

#include "fovea/Numerics/NumericsOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace fovea;

static ValueRole getRole(attn::AttendDeltaOp, unsigned) { return {}; }
static ValueRole getRole(attn::SumTokensOp, unsigned) { return {}; }
static ValueRole getRole(attn::SumOp, unsigned) { return {}; }

/// Of attend_grad_q and attend_grad_kv: learned values come last.
template <typename OpT> static unsigned getFirstLearned(OpT op) {
  return op->getNumOperands() - op.getLearned().size();
}

static ValueRole getRole(attn::AttendGradQOp op, unsigned operand) {
  if (operand >= getFirstLearned(op))
    return {Role::Parameter};
  if (op.getIndices() && op->getOperand(operand) == op.getIndices())
    return {Role::Indices, op.getKeys().getIndexBlock()};
  return {};
}

static ValueRole getRole(attn::AttendGradKVOp op, unsigned operand) {
  return {operand < getFirstLearned(op) ? Role::Rows : Role::Parameter};
}

static ValueRole getRole(attn::InvertListsOp op, unsigned operand) {
  if (operand == 0)
    return {Role::Indices, int64_t(op.getBlock())};
  return {};
}

static ValueRole getRole(attn::AttendGradSinksOp, unsigned operand) {
  return {operand == 0 ? Role::Parameter : Role::Rows};
}

/// Parameters and positions follow dout, input and cu_seqlens; what a hidden layer has
/// comes last.
static ValueRole getRole(attn::CompressGradHiddenOp, unsigned operand) {
  return {operand < 3 ? Role::Rows : Role::Parameter};
}

template <typename OpT> static ValueRole getCompressGradRole(OpT op, unsigned operand) {
  bool isHidden = operand >= op->getNumOperands() - op.getHidden().size();
  return {operand < 3 || isHidden ? Role::Rows : Role::Parameter};
}

static ValueRole getRole(attn::CompressGradInputOp op, unsigned operand) {
  return getCompressGradRole(op, operand);
}

static ValueRole getRole(attn::CompressGradParamsOp op, unsigned operand) {
  return getCompressGradRole(op, operand);
}

static ValueRole getRole(attn::CombineGradGatesOp op, unsigned operand) {
  bool isValue = operand == 1 && op.getMode() == attn::GateMode::Values;
  return {isValue ? Role::GateValues : Role::Rows};
}

template <typename OpT> static llvm::Error derive(OpT op, ErrorBounds &bounds) {
  if constexpr (std::is_same_v<OpT, attn::InvertListsOp>) {
    return llvm::Error::success(); // whole numbers, which are exact
  } else if constexpr (std::is_void_v<decltype(deriveBounds(op, bounds))>) {
    deriveBounds(op, bounds);
    return llvm::Error::success();
  } else {
    return deriveBounds(op, bounds);
  }
}

namespace {
template <typename OpT>
struct GradNumerics final : NumericsOpInterface::ExternalModel<GradNumerics<OpT>, OpT> {
  ValueRole getOperandRole(Operation *op, unsigned operand) const {
    return getRole(cast<OpT>(op), operand);
  }
  llvm::Error deriveBounds(Operation *op, ErrorBounds &bounds) const {
    return derive(cast<OpT>(op), bounds);
  }
};

template <typename... OpTs> void attachGrads(MLIRContext &context) {
  (OpTs::template attachInterface<GradNumerics<OpTs>>(context), ...);
}
} // namespace

void fovea::attachGradNumerics(MLIRContext &context) {
  attachGrads<attn::AttendDeltaOp, attn::AttendGradQOp, attn::AttendGradKVOp,
              attn::InvertListsOp, attn::AttendGradSinksOp, attn::SumTokensOp,
              attn::CompressGradHiddenOp, attn::CompressGradInputOp,
              attn::CompressGradParamsOp, attn::CombineGradGatesOp, attn::SumOp>(
      context);
}
