//===- AttentionSchedule.h - tiles of queries and keys on a CPU -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_OPERATIONS_ATTENTIONSCHEDULE_H
#define FOVEA_LIB_TUNING_OPERATIONS_ATTENTIONSCHEDULE_H

#include "../GpuShapes.h"
#include "Models.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Tuning/CpuModel.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/raw_ostream.h"

#include <numeric>

namespace fovea::tuning {

/// Query heads per KV head.
template <typename OpT> int64_t groupOf(OpT op) {
  return headsOf(op.getQ()) / headsOf(op.getK());
}

/// What says who lists which blocks, or null: lists of blocks, or of a block's tokens.
template <typename OpT> mlir::Value listsOf(OpT op) { return op.getIndices(); }
inline mlir::Value listsOf(attn::AttendGradKVOp op) { return op.getEntries(); }

/// Blocks in a query's list; 0 where there are no lists.
template <typename OpT> int64_t countListed(OpT op) {
  mlir::Value lists = listsOf(op);
  return lists ? dimOf(lists) : 0;
}

/// Emits an error and fails where no kernel of a GPU has the shapes of an attention's
/// queries, keys and values, or of what is of their shapes.
template <typename OpT>
llvm::LogicalResult verifyAttentionShape(OpT op, llvm::ArrayRef<mlir::Value> operands) {
  if (failed(verifyMatrixOperands(op, operands)))
    return llvm::failure();
  int64_t group = groupOf(op);
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
  std::string text = std::to_string(groupOf(op)) + " heads per KV head and head dims " +
                     std::to_string(dimOf(op.getK())) + " x " +
                     std::to_string(dimOf(op.getV()));
  if (listsOf(op))
    text += " and lists of " + std::to_string(countListed(op)) + " blocks of " +
            std::to_string(op.getKeys().getIndexBlock());
  return text;
}

/// What the time of its kernel depends on that every attention, and a gradient of one,
/// has: the beginning of describeKernel's text, up to what is its own.
template <typename OpT> std::string describeAttention(OpT op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << OpT::getOperationName().substr(sizeof("attn.") - 1)
         << "<group = " << groupOf(op) << ", dims = " << dimOf(op.getK()) << " x "
         << dimOf(op.getV()) << ", type = " << typeOf(op.getQ())
         << ", keys = " << op.getKeys();
  if (listsOf(op))
    stream << ", listed = " << countListed(op);
  if (!op.getScoreRegion().empty())
    stream << ", scores = " << hashScoreRegion(op.getScoreRegion());
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
    int64_t group = groupOf(op);
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
