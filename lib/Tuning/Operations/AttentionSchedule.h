//===- AttentionSchedule.h - tiles of queries and keys on a CPU -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_ATTENTIONSCHEDULE_H
#define FOVEA_LIB_TUNING_OPERATIONS_ATTENTIONSCHEDULE_H

#include "Models.h"
#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/TuningInterfaces.h"

namespace fovea::tuning {

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
