//===- AttendGrad.cpp - what tuning knows of gradients of attention -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Of those that have a kernel.
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "RowSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::AttendDeltaOp;
using attn::AttendGradKVOp;
using attn::AttendGradQOp;

template <> struct tuning::RowOperation<AttendDeltaOp> {
  static Value getRows(AttendDeltaOp op) { return op.getOut(); }
  static StringRef describe(AttendDeltaOp op) { return op.getDlse() ? ", dlse" : ""; }
};

namespace {

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

struct GradQGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<GradQGpuSchedule, AttendGradQOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<AttendGradQOp>(operation);
    return verifyAttentionShape(op, {op.getQ(), op.getK(), op.getV(), op.getDout()});
  }

  /// Rows of q and of dout stay while keys and values pass; of a visit S and dP live
  /// beside one another, and dQ is what is carried.
  void addDemand(Operation *operation, GpuDemand &demand) const {
    auto op = cast<AttendGradQOp>(operation);
    int64_t dk = dimOf(op.getK()), dv = dimOf(op.getV());
    demand.group = groupOf(op);
    demand.queryColumns = demand.keyColumns = dk + dv;
    demand.keyTile = dk;
    demand.valueTile = dv;
    demand.valueColumns = demand.liveColumns = dk;
    demand.scoreTiles = 2;
    addListDemand(op, demand);
  }

  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    return getKeyBlockCandidates(operation, target);
  }

  std::string describeSizes(Operation *operation) const {
    return describeAttentionSizes(cast<AttendGradQOp>(operation));
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<AttendGradQOp>(operation);
    return describeAttention(op) + (op.getBase() ? ", base>" : ">");
  }
};

template <typename OpT> double countPairs(OpT op, WorkCounter &counter) {
  double pairs = counter.countPairs(op, op.getKeys(), countListed(op));
  counter.addScoreRegion(pairs, op.getQ(), op.getScoreRegion());
  return pairs;
}

/// What the gradients of queries and of keys read.
template <typename OpT> void readOperands(OpT op, WorkCounter &counter) {
  int64_t tokens = counter.getTokens();
  for (Value rows : {Value(op.getQ()), Value(op.getDout()), Value(op.getLse()),
                     Value(op.getDelta()), listsOf(op)})
    if (rows)
      counter.read(rows, tokens);
  int64_t keys = tokens / op.getKeys().getKeyStride();
  counter.read(op.getK(), keys);
  counter.read(op.getV(), keys);
}

struct GradQWork final : WorkOpInterface::ExternalModel<GradQWork, AttendGradQOp> {
  /// The attention's two products, and one of dS and keys.
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendGradQOp>(operation);
    double pairs = countPairs(op, counter);
    counter.addPairs(pairs, op.getQ(), op.getK(), op.getV());
    counter.addFlops(2 * pairs * headsOf(op.getQ()) * dimOf(op.getK()));
    readOperands(op, counter);
    if (op.getBase())
      counter.read(op.getBase(), counter.getTokens());
    for (Value result : op->getResults())
      counter.write(result, counter.getTokens());
  }
};

/// A tile has the keys that fill vectors, as a tile of queries has rows, and takes as
/// many rows of queries at a time as that takes keys.
struct GradKVSchedule final
    : ScheduleOpInterface::ExternalModel<GradKVSchedule, AttendGradKVOp> {
  int64_t chooseTokens(Operation *operation) const {
    auto op = cast<AttendGradKVOp>(operation);
    int64_t group = groupOf(op);
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
    int64_t rows = schedule.getGroupRows(), group = groupOf(op);
    if (rows && rows < group && group % rows != 0)
      return op.emitOpError()
             << "expected the schedule's group_rows to be at least the "
                "heads of a group, or to divide them, got "
             << rows << " and " << group;
    return verifyKeysOfBlock(op, op.getKeys(), schedule);
  }

  static int64_t mostDims(AttendGradKVOp op) {
    return std::max(dimOf(op.getK()), dimOf(op.getV()));
  }
};

struct GradKVWork final : WorkOpInterface::ExternalModel<GradKVWork, AttendGradKVOp> {
  /// The attention's product of queries and keys, transposed; for dk those of values
  /// and dout, of dS and queries; for dv that of P and dout. Tiles of keys read
  /// queries.
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendGradKVOp>(operation);
    double pairs = countPairs(op, counter), heads = headsOf(op.getQ());
    int64_t dk = dimOf(op.getK()), dv = dimOf(op.getV());
    int64_t products = dk;
    products += op.getDk().use_empty() ? 0 : dk + dv;
    products += op.getDv().use_empty() ? 0 : dv;
    counter.addFlops(2 * pairs * heads * products);
    counter.addExps(pairs * heads);
    counter.addTileReads(pairs, heads, dk + dv, op.getQ());
    readOperands(op, counter);
    for (Value rows : op->getResults())
      if (!rows.use_empty())
        counter.write(rows, counter.getTokens() / op.getKeys().getKeyStride());
  }
};

} // namespace

void tuning::attachAttendGradTuning(MLIRContext &context) {
  AttendDeltaOp::attachInterface<RowSchedule<AttendDeltaOp>,
                                 RowGpuSchedule<AttendDeltaOp>, DeltaWork>(context);
  AttendGradKVOp::attachInterface<GradKVSchedule, GradKVWork>(context);
  AttendGradQOp::attachInterface<AttentionSchedule<AttendGradQOp>, GradQGpuSchedule,
                                 GradQWork>(context);
}
