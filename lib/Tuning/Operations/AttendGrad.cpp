//===- AttendGrad.cpp - what tuning knows of gradients of attention -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Of those that have a kernel, which is the CPU's alone.
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::AttendDeltaOp;
using attn::AttendGradKVOp;
using attn::AttendGradQOp;

/// The lists of blocks, or of tokens; null where there are none.
static Value getLists(AttendGradQOp op) { return op.getIndices(); }
static Value getLists(AttendGradKVOp op) { return op.getEntries(); }

/// Pairs of a gradient of queries or of keys.
template <typename OpT> static double countPairs(OpT op, WorkCounter &counter) {
  int64_t listed = getLists(op) ? dimOf(getLists(op)) : 0;
  double pairs = counter.countPairs(op, op.getKeys(), listed);
  counter.addScoreRegion(pairs, op.getQ(), op.getScoreRegion());
  return pairs;
}

/// What such a gradient reads.
template <typename OpT> static void readOperands(OpT op, WorkCounter &counter) {
  int64_t tokens = counter.getTokens();
  for (Value rows : {Value(op.getQ()), Value(op.getDout()), Value(op.getLse()),
                     Value(op.getDelta()), getLists(op)})
    if (rows)
      counter.read(rows, tokens);
  int64_t keys = tokens / op.getKeys().getKeyStride();
  counter.read(op.getK(), keys);
  counter.read(op.getV(), keys);
}

namespace {

struct DeltaSchedule final
    : ScheduleOpInterface::ExternalModel<DeltaSchedule, AttendDeltaOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<AttendDeltaOp>(operation);
    return std::max<int64_t>(1, kTargetRows / headsOf(op.getOut()));
  }
  int64_t chooseKeys(Operation *) const { return kTargetKeys; }
};

struct DeltaWork final : WorkOpInterface::ExternalModel<DeltaWork, AttendDeltaOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendDeltaOp>(operation);
    counter.read(op.getDout(), counter.getTokens());
    counter.read(op.getOut(), counter.getTokens());
    if (op.getDlse())
      counter.read(op.getDlse(), counter.getTokens());
    counter.write(op.getDelta(), counter.getTokens());
  }
};

struct GradQWork final : WorkOpInterface::ExternalModel<GradQWork, AttendGradQOp> {
  /// The attention's two products, and one of dS and keys.
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendGradQOp>(operation);
    double pairs = countPairs(op, counter);
    counter.addPairs(pairs, op.getQ(), op.getK(), op.getV());
    counter.addFlops(2 * pairs * headsOf(op.getQ()) * dimOf(op.getK()));
    readOperands(op, counter);
    counter.write(op.getDq(), counter.getTokens());
  }
};

/// A tile has the keys that fill vectors, as a tile of queries has rows, and takes as
/// many rows of queries at a time as that takes keys.
struct GradKVSchedule final
    : ScheduleOpInterface::ExternalModel<GradKVSchedule, AttendGradKVOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<AttendGradKVOp>(operation);
    int64_t group = headsOf(op.getQ()) / headsOf(op.getK());
    return halveToFit(std::max<int64_t>(1, kTargetKeys / group), group * mostDims(op),
                      kMostKeyElements);
  }

  int64_t chooseKeys(Operation *operation) const {
    auto op = cast<AttendGradKVOp>(operation);
    int64_t keys = halveToFit(kTargetRows, mostDims(op), kMostQueryElements);
    int64_t block = op.getKeys().getIndexBlock();
    return block ? getLargestDivisor(block, keys) : keys;
  }

  LogicalResult verifySchedule(Operation *operation,
                               tile::ScheduleAttr schedule) const {
    auto op = cast<AttendGradKVOp>(operation);
    if (schedule.getGroupRows())
      return op.emitOpError() << "expected no group_rows in the schedule of tiles of "
                                 "keys, got "
                              << schedule.getGroupRows();
    return verifyKeysOfBlock(op, op.getKeys(), schedule);
  }

  static int64_t mostDims(AttendGradKVOp op) {
    return std::max(dimOf(op.getK()), dimOf(op.getV()));
  }
};

struct GradKVWork final : WorkOpInterface::ExternalModel<GradKVWork, AttendGradKVOp> {
  /// The attention's two products, transposed, and one of dS and queries and of P and
  /// dout. Tiles of keys read queries.
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendGradKVOp>(operation);
    double pairs = countPairs(op, counter), heads = headsOf(op.getQ());
    int64_t columns = dimOf(op.getK()) + dimOf(op.getV());
    counter.addFlops(4 * pairs * heads * columns);
    counter.addExps(pairs * heads);
    counter.addTileReads(pairs, heads, columns, op.getQ());
    readOperands(op, counter);
    for (Value rows : {op.getDk(), op.getDv()})
      counter.write(rows, counter.getTokens() / op.getKeys().getKeyStride());
  }
};

} // namespace

void tuning::attachAttendGradTuning(MLIRContext &context) {
  AttendDeltaOp::attachInterface<DeltaSchedule, DeltaWork>(context);
  AttendGradKVOp::attachInterface<GradKVSchedule, GradKVWork>(context);
  AttendGradQOp::attachInterface<AttentionSchedule<AttendGradQOp>, GradQWork>(context);
}
