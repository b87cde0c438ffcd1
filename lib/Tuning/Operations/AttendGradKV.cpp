//===- AttendGradKV.cpp - tiles of keys on a GPU --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A warpgroup has 64 keys, whose dK and dV stay in its registers while rows of queries
// pass: of a visit S and dP, P as a product takes it, and two numbers of each row live
// beside them. Two warpgroups have the most registers each. As one program's they share
// what they visit, which halves what comes from the L2 cache: 128 keys are 128 products
// for each byte, 64 keys are as many as its bandwidth allows. A listed block seldom has
// 128 keys: there, teams run programs of their own, so that one multiplies while the
// other computes.
//
// Where a listed block has fewer keys, the rest of the warpgroup's rows are padding.
// Where registers do not hold both dK and dV, each has a kernel of its own, which
// computes S once more.
//
//===----------------------------------------------------------------------===//

#include "../GpuResources.h"
#include "AttentionSchedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/SharedSlots.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
using attn::AttendGradKVOp;

/// Rows of queries of a visit: the most that two products of S and dP leave registers
/// for beside the smallest accumulators.
static constexpr int64_t kMostVisitRows = 128;

/// Registers of a consumer that takes `rows` rows of queries at a time: f32 of what it
/// computes of dK and dV, of S and, for dK, of dP, and P in 16 bits, of which S is made
/// into.
static int64_t visitRegisters(AttendGradKVOp op, int64_t rows, int64_t teams) {
  const int64_t besideTiles = teams > 1 ? 28 : 24; // as ptxas 13.0 needs them
  int64_t columns = 0, scoreTiles = op.getDk().use_empty() ? 1 : 2;
  for (Value gradient : op->getResults())
    columns += gradient.use_empty() ? 0 : dimOf(gradient);
  return columns / 2 + scoreTiles * rows / 2 + rows / 4 + besideTiles;
}

/// What the rows that a token takes of a visit are a multiple of: the copy engine
/// brings rows of a listed one at a time, to a multiple of 128 bytes.
static int64_t rowStep(AttendGradKVOp op) {
  constexpr int64_t kBytes = 128;
  int64_t step = 1;
  if (op.getEntries())
    for (int64_t dim : {dimOf(op.getK()), dimOf(op.getV())})
      step = std::max<int64_t>(step,
                               llvm::divideCeil(kBytes, tile::widestSwizzle(2 * dim)));
  return step;
}

/// Runs of a tile's visits with programs of their own, for programs as long as those of
/// 64 keys of one token each. A key of `stride` tokens is in a tile of that many times
/// their queries. A listed block may be every token's, as the
/// first one is: it then has that many times the rows of a team's share of all lists,
/// and programs are to be a sixteenth as long. Sums of parts are f32, which the
/// fragments are too; where they are rounded first, ptxas 13.0 spills, so that there
/// are two.
static int64_t chooseParts(AttendGradKVOp op, int64_t tileRows) {
  constexpr int64_t kTeams = 264; // two on each multiprocessor
  const int64_t kMostParts = op.getEntries() ? 64 : 32;
  int64_t stride = op.getKeys().getKeyStride();
  int64_t parts = stride == 1 ? 1 : stride * tileRows / kGroupRows;
  if (op.getEntries())
    parts = 16 * kTeams / (countListed(op) * headsOf(op.getK()));
  bool isRounded = !typeOf(op.getDk()).isF32() || !typeOf(op.getDv()).isF32();
  return std::clamp<int64_t>(parts, isRounded ? 2 : 1, kMostParts);
}

/// The first keys have the most queries, but where parts make all programs alike. Of
/// listed blocks few tiles have more than a first part: all tiles of a part and head
/// come one after another, so that those of first parts are dealt out evenly.
static tile::ProgramOrder chooseOrder(AttendGradKVOp op, int64_t parts) {
  if (op.getEntries())
    return tile::ProgramOrder::HeadByHead;
  return parts > 2 ? tile::ProgramOrder::LastTileFirst
                   : tile::ProgramOrder::FirstTileFirst;
}

namespace {
/// Rows of queries of a visit.
struct VisitRows {
  int64_t tokens, perToken;
  int64_t count() const { return tokens * perToken; }
};
} // namespace

/// Adds those of tokens of `perToken` rows that are whole steps of products, at most
/// `most` rows.
static void addVisitRows(int64_t perToken, int64_t most,
                         SmallVectorImpl<VisitRows> &result) {
  int64_t step = kDepth / std::gcd(perToken, kDepth);
  for (int64_t tokens = most / perToken / step * step; tokens > 0; tokens -= step)
    result.push_back({tokens, perToken});
}

/// The most rows first: of all heads of a token, the last ones padding where they do
/// not come to a step; then fewer than these may be, of as many of its heads as can be.
static SmallVector<VisitRows> listVisitRows(AttendGradKVOp op) {
  SmallVector<VisitRows> result, parts;
  int64_t group = groupOf(op), step = rowStep(op), most = kMostVisitRows;
  addVisitRows(llvm::alignTo(group, step), most, result);
  if (!result.empty())
    most = result.back().count() - 1;
  for (int64_t heads = group - 1; heads > 0; --heads)
    if (group % heads == 0 && heads % step == 0)
      addVisitRows(heads, most, parts);
  llvm::stable_sort(parts, [](const VisitRows &a, const VisitRows &b) {
    return a.count() > b.count();
  });
  for (const VisitRows &rows : parts)
    if (result.empty() || result.back().count() > rows.count())
      result.push_back(rows);
  return result;
}

namespace {

struct GradKVGpuSchedule final
    : GpuScheduleOpInterface::ExternalModel<GradKVGpuSchedule, AttendGradKVOp> {
  LogicalResult verifyGpuShape(Operation *operation) const {
    auto op = cast<AttendGradKVOp>(operation);
    if (failed(
            verifyMatrixOperands(op, {op.getQ(), op.getK(), op.getV(), op.getDout()})))
      return failure();
    if (listVisitRows(op).empty())
      return op.emitOpError() << "expected at most " << kMostVisitRows
                              << " query heads per KV head on a GPU, or heads that "
                              << rowStep(op) << " divides, got " << groupOf(op);
    for (Value rows : {op.getK(), op.getV()})
      if (dimOf(rows) > kMostColumns)
        return op.emitOpError() << "expected head dims of at most " << kMostColumns
                                << " on a GPU, got " << dimOf(rows);
    return success();
  }

  bool takesResultsApart(Operation *) const { return true; }

  SmallVector<tile::ScheduleAttr> getGpuCandidates(Operation *operation,
                                                   const GpuTargetInfo &target) const {
    auto op = cast<AttendGradKVOp>(operation);
    SmallVector<tile::ScheduleAttr> result;
    if (target.hasWgmma)
      addCandidates(op, target, /*groups=*/2, {}, result);
    if (target.hasWgmma || op.getEntries())
      addCandidates(op, target, /*groups=*/1, {/*blocks=*/1, /*teams=*/2}, result);
    if (!target.hasWgmma)
      addCandidates(op, target, /*groups=*/2, {}, result);
    addCandidates(op, target, /*groups=*/1, {}, result);
    return result;
  }

  /// The most rows of queries first, each with the deepest ring.
  static void addCandidates(AttendGradKVOp op, const GpuTargetInfo &target,
                            int64_t groups, Residents residents,
                            SmallVectorImpl<tile::ScheduleAttr> &result) {
    int64_t tileRows = groups * kGroupRows, keys = tileRows;
    if (int64_t block = op.getKeys().getIndexBlock())
      keys = getLargestDivisor(block, tileRows);
    if (groups > 1 && keys != tileRows)
      return;
    int64_t registers = registersFor(target, groups, residents, /*entries=*/0);
    int64_t rowBytes = 2 * (dimOf(op.getK()) + dimOf(op.getV()));
    int64_t limit = sharedLimitFor(target, residents) - kOtherSharedBytes;
    for (VisitRows rows : listVisitRows(op)) {
      // Two numbers of each row have slots of their own.
      int64_t visitBytes =
          rows.count() * rowBytes + 2 * tile::getValuesBytes(4 * rows.count());
      int64_t stages = std::min<int64_t>((limit - tileRows * rowBytes) / visitBytes, 4);
      if (visitRegisters(op, rows.count(), residents.teams) > registers || stages < 2)
        continue;
      GpuPlan plan;
      plan.groupRows = rows.perToken == groupOf(op) ? 0 : rows.perToken;
      plan.stages = stages;
      plan.teams = residents.teams;
      plan.overlap = target.hasWgmma;
      plan.parts = chooseParts(op, tileRows);
      plan.programs = chooseOrder(op, plan.parts);
      result.push_back(makeSchedule(op.getContext(), rows.tokens, keys, plan));
    }
  }

  std::string describeSizes(Operation *operation) const {
    return describeAttentionSizes(cast<AttendGradKVOp>(operation));
  }

  std::string describeKernel(Operation *operation) const {
    auto op = cast<AttendGradKVOp>(operation);
    std::string text = describeAttention(op);
    llvm::raw_string_ostream(text)
        << ", grads = " << typeOf(op.getDk()) << " " << typeOf(op.getDv())
        << (op.getDk().use_empty() ? ", without dk" : "")
        << (op.getDv().use_empty() ? ", without dv" : "") << ">";
    return text;
  }
};

} // namespace

void tuning::attachAttendGradKVTuning(MLIRContext &context) {
  AttendGradKVOp::attachInterface<GradKVGpuSchedule>(context);
}
