//===- Attend.cpp - what tuning knows of attn.attend ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "llvm/Support/raw_ostream.h"

#include <numeric>

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::AttendOp;

/// Whether a tile of keys is that of values, too, which both products read.
static bool hasOneTile(AttendOp op) {
  return attn::lookThroughGroups(op.getK()) == attn::lookThroughGroups(op.getV());
}

namespace {

struct AttendGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<AttendGpuSchedule, AttendOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<AttendOp>(operation);
    return verifyAttentionShape(op, {op.getQ(), op.getK(), op.getV()});
  }

  void addDemand(Operation *operation, GpuDemand &demand) const {
    auto op = cast<AttendOp>(operation);
    demand.group = op.getGroupSize();
    demand.queryColumns = dimOf(op.getQ());
    int64_t columns = dimOf(op.getK()) + dimOf(op.getV());
    if (columns > demand.keyColumns) {
      demand.keyColumns = columns;
      demand.keyTile = dimOf(op.getK());
      demand.valueTile = hasOneTile(op) ? 0 : dimOf(op.getV());
    }
    demand.liveColumns += dimOf(op.getV());
    demand.valueColumns = std::max(demand.valueColumns, demand.liveColumns);
    addListDemand(op, demand);
    if (!op.getKeys().needsIndices() && !hasOneTile(op))
      demand.rangedKeys += countAverageKeys(op.getKeys());
  }

  int64_t getPartsOfFew(Operation *operation) const {
    auto op = cast<AttendOp>(operation);
    if (op.getSinks())
      return 1;
    if (int64_t listed = countListed(op)) {
      double most = listed * op.getKeys().getIndexBlock();
      return std::gcd(listed, countPartsOfFew(most));
    }
    return countPartsOfFew(countAverageKeys(op.getKeys()));
  }

  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    return getKeyBlockCandidates(operation, target);
  }

  std::string describeSizes(Operation *operation) const {
    return describeAttentionSizes(cast<AttendOp>(operation));
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<AttendOp>(operation);
    std::string text = describeAttention(op);
    llvm::raw_string_ostream stream(text);
    stream << (hasOneTile(op) ? ", values = keys" : "")
           << (op.getSinks() ? ", sinks" : "") << (isStored(op.getLse()) ? ", lse" : "")
           << ">";
    return text;
  }
};

struct AttendWork final : WorkOpInterface::ExternalModel<AttendWork, AttendOp> {
  void countWork(Operation *operation, WorkCounter &counter) const {
    auto op = cast<AttendOp>(operation);
    int64_t tokens = counter.getTokens();
    double pairs = counter.countPairs(op, op.getKeys(), countListed(op));
    counter.addPairs(pairs, op.getQ(), op.getK(), op.getV());
    counter.addScoreRegion(pairs, op.getQ(), op.getScoreRegion());
    int64_t keys = tokens / op.getKeys().getKeyStride();
    counter.read(op.getQ(), tokens);
    counter.read(op.getK(), keys);
    counter.read(op.getV(), keys);
    if (op.getIndices())
      counter.read(op.getIndices(), tokens);
    counter.write(op.getOut(), tokens);
    counter.write(op.getLse(), tokens);
  }
};

} // namespace

void tuning::attachAttendTuning(MLIRContext &context) {
  AttendOp::attachInterface<AttentionSchedule<AttendOp>, AttendGpuSchedule, AttendWork>(
      context);
}
