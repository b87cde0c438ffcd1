//===- AttentionSchedule.h - tiles of queries and keys on a CPU -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_ATTENTIONSCHEDULE_H
#define FOVEA_LIB_TUNING_OPERATIONS_ATTENTIONSCHEDULE_H

#include "../GpuShapes.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/TuningInterfaces.h"

#include <numeric>

namespace fovea::tuning {

/// Blocks in a query's list; 0 where there are no lists.
template <typename OpT> int64_t countListed(OpT op) {
  return op.getIndices() ? dimOf(op.getIndices()) : 0;
}

/// Emits an error and fails where no kernel of a GPU has the shapes of an attention's
/// queries, keys and values, or of what is of their shapes.
template <typename OpT>
llvm::LogicalResult verifyAttentionShape(OpT op, llvm::ArrayRef<mlir::Value> operands) {
  if (failed(verifyMatrixOperands(op, operands)))
    return llvm::failure();
  int64_t group = headsOf(op.getQ()) / headsOf(op.getK());
  if (group > kMostRows)
    return op.emitOpError() << "expected at most " << kMostRows
                            << " query heads per KV head on a GPU, got " << group;
  int64_t block = op.getKeys().getIndexBlock();
  if (block % kDepth != 0)
    return op.emitOpError()
           << "expected " << kDepth
           << " to divide the selection block on a GPU, whose key tiles are "
              "consecutive rows (a tile of several listed blocks would have to be "
              "gathered), got block = "
           << block;
  return llvm::success();
}

/// Adds what the lists of an attention's queries demand, where it has any.
template <typename OpT> void addListDemand(OpT op, GpuDemand &demand) {
  int64_t block = op.getKeys().getIndexBlock();
  if (!block)
    return;
  demand.maxTokens = tile::kMaxBitsTokens;
  demand.keysDivide = std::gcd(demand.keysDivide, block);
  demand.listed = std::max(demand.listed, countListed(op));
}

/// The sizes of an attention, in the words of a spec.
template <typename OpT> std::string describeAttentionSizes(OpT op) {
  std::string text = std::to_string(headsOf(op.getQ()) / headsOf(op.getK())) +
                     " heads per KV head and head dims " +
                     std::to_string(dimOf(op.getK())) + " x " +
                     std::to_string(dimOf(op.getV()));
  if (op.getIndices())
    text += " and lists of " + std::to_string(countListed(op)) + " blocks of " +
            std::to_string(op.getKeys().getIndexBlock());
  return text;
}

/// Whether tiles of `schedule` have keys of one listed block.
inline llvm::LogicalResult verifyKeysOfBlock(mlir::Operation *op,
                                             attn::KeySetInterface keySet,
                                             tile::ScheduleAttr schedule) {
  int64_t block = keySet.getIndexBlock();
  if (block && block % schedule.getKeys() != 0)
    return op->emitOpError()
           << "expected the schedule's keys to divide the selection block, got "
           << schedule.getKeys() << " and " << block;
  return llvm::success();
}

/// Of an operation that visits the keys of `getKeys()` for tiles of queries: the
/// attention, and its gradient of the queries, whose tiles are the same.
template <typename OpT>
struct AttentionSchedule final
    : ScheduleOpInterface::ExternalModel<AttentionSchedule<OpT>, OpT> {
  int64_t chooseTokens(mlir::Operation *operation) const {
    auto op = mlir::cast<OpT>(operation);
    int64_t group = headsOf(op.getQ()) / headsOf(op.getK());
    int64_t dim = std::max(dimOf(op.getQ()), dimOf(op.getV()));
    return halveToFit(op.getKeys().needsIndices() ? getFewestTokens(group)
                                                  : getTargetTokens(group),
                      group * dim, kMostQueryElements);
  }

  int64_t chooseKeys(mlir::Operation *operation) const {
    auto op = mlir::cast<OpT>(operation);
    int64_t dim = std::max(dimOf(op.getK()), dimOf(op.getV()));
    int64_t keys = halveToFit(kTargetKeys, dim, kMostKeyElements);
    int64_t block = op.getKeys().getIndexBlock();
    return block ? getLargestDivisor(block, keys) : keys;
  }

  llvm::LogicalResult verifySchedule(mlir::Operation *operation,
                                     tile::ScheduleAttr schedule) const {
    return verifyKeysOfBlock(operation, mlir::cast<OpT>(operation).getKeys(), schedule);
  }
};

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_OPERATIONS_ATTENTIONSCHEDULE_H
