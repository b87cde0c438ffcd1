//===- Models.cpp - the numbers of the attn operations --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GradModels.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Numerics/ErrorBounds.h"
#include "fovea/Numerics/NumericsOpInterface.h"

using namespace mlir;
using namespace fovea;
using llvm::Error;

#include "fovea/Numerics/NumericsOpInterface.cpp.inc"

namespace {

struct CompressNumerics final
    : NumericsOpInterface::ExternalModel<CompressNumerics, attn::CompressOp> {
  ValueRole getOperandRole(Operation *, unsigned operand) const {
    return {operand < 2 ? Role::Rows : Role::Parameter};
  }
  Error deriveBounds(Operation *op, ErrorBounds &bounds) const {
    return bounds.derive(cast<attn::CompressOp>(op));
  }
};

struct AttendNumerics final
    : NumericsOpInterface::ExternalModel<AttendNumerics, attn::AttendOp> {
  ValueRole getOperandRole(Operation *operation, unsigned operand) const {
    auto op = cast<attn::AttendOp>(operation);
    if (op.getIndices() && &op->getOpOperand(operand) == &op.getIndicesMutable()[0])
      return {Role::Indices, op.getKeys().getIndexBlock()};
    // Sinks and learned values follow.
    unsigned fixed = op.getIndices() ? 5 : 4;
    return {operand < fixed ? Role::Rows : Role::Parameter};
  }
  std::optional<AttendedKeys> getAttendedKeys(Operation *operation) const {
    auto op = cast<attn::AttendOp>(operation);
    return AttendedKeys{op.getKeys(), op.getIndices(), op.getLse()};
  }
  Error deriveBounds(Operation *op, ErrorBounds &bounds) const {
    bounds.derive(cast<attn::AttendOp>(op));
    return Error::success();
  }
};

struct ScoreBlocksNumerics final
    : NumericsOpInterface::ExternalModel<ScoreBlocksNumerics, attn::ScoreBlocksOp> {
  /// Learned values come last.
  ValueRole getOperandRole(Operation *, unsigned operand) const {
    return {operand < 4 ? Role::Rows : Role::Parameter};
  }
  Error deriveBounds(Operation *op, ErrorBounds &bounds) const {
    bounds.derive(cast<attn::ScoreBlocksOp>(op));
    return Error::success();
  }
};

struct IndexBlocksNumerics final
    : NumericsOpInterface::ExternalModel<IndexBlocksNumerics, attn::IndexBlocksOp> {
  Error deriveBounds(Operation *op, ErrorBounds &bounds) const {
    bounds.derive(cast<attn::IndexBlocksOp>(op));
    return Error::success();
  }
};

struct SelectTopkNumerics final
    : NumericsOpInterface::ExternalModel<SelectTopkNumerics, attn::SelectTopkOp> {
  ValueRole getResultRole(Operation *operation, unsigned) const {
    auto op = cast<attn::SelectTopkOp>(operation);
    return {Role::Indices, int64_t(op.getBlocks().getBlock())};
  }
  std::optional<BlockChoice> getChoice(Operation *operation) const {
    auto op = cast<attn::SelectTopkOp>(operation);
    return BlockChoice{op.getScores(), op.getIndices(),
                       int64_t(op.getBlocks().getBlock()), int64_t(op.getInitial()),
                       int64_t(op.getLocal())};
  }
  /// A choice of blocks is given, or is the reference's own.
  Error deriveBounds(Operation *, ErrorBounds &) const { return Error::success(); }
};

struct CombineNumerics final
    : NumericsOpInterface::ExternalModel<CombineNumerics, attn::CombineOp> {
  ValueRole getOperandRole(Operation *operation, unsigned operand) const {
    auto op = cast<attn::CombineOp>(operation);
    bool isGate = operand == op.getBranches().size();
    return {isGate && op.getMode() == attn::GateMode::Values ? Role::GateValues
                                                             : Role::Rows};
  }
  Error deriveBounds(Operation *op, ErrorBounds &bounds) const {
    bounds.derive(cast<attn::CombineOp>(op));
    return Error::success();
  }
};

} // namespace

void fovea::registerNumericsModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, attn::AttnDialect *) {
    attn::CompressOp::attachInterface<CompressNumerics>(*context);
    attn::AttendOp::attachInterface<AttendNumerics>(*context);
    attn::ScoreBlocksOp::attachInterface<ScoreBlocksNumerics>(*context);
    attn::IndexBlocksOp::attachInterface<IndexBlocksNumerics>(*context);
    attn::SelectTopkOp::attachInterface<SelectTopkNumerics>(*context);
    attn::CombineOp::attachInterface<CombineNumerics>(*context);
    attachGradNumerics(*context);
  });
}
