//===- Schedule.cpp - who chooses a schedule ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The cost model of the CPU, in one paragraph. Query rows are vector lanes: a tile's
// rows should fill whole vectors, and about 64 of them amortize the loads of a key
// tile while all tiles of a kernel stay in the L2 cache. With index lists every token
// of a tile pays for the union of the lists, so tiles take as few tokens as fill one
// vector. 64 keys per block keep the score tile in the L1 cache.
//
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Schedule.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

#include <numeric>

using namespace mlir;
using namespace fovea;

/// Rows that fill the widest vectors (16 lanes of f32), and rows to aim at.
static constexpr int64_t kLaneRows = 16;
static constexpr int64_t kTargetRows = 64;
static constexpr int64_t kTargetKeys = 64;
/// Elements of a tile of query rows, and of one of keys or scores, beyond which tiles
/// take fewer tokens and keys: some of each are in scratch at once.
static constexpr int64_t kMostQueryElements = 1 << 17, kMostKeyElements = 1 << 16;
/// Elements of a tile of phi's last matrix or of the keys of a step of scores, of a
/// matrix's part where it is taken in parts, and of windows.
static constexpr int64_t kMostMatrixElements = 1 << 18, kMostPartElements = 1 << 17,
                         kMostWindowElements = 1 << 15;
/// Compressed keys of a step of scores, whose tile has a column for each.
static constexpr int64_t kMostScoreKeys = 8192;

/// Fewest tokens whose packed heads fill whole vectors.
static int64_t fewestTokens(int64_t group) {
  return kLaneRows / std::gcd(kLaneRows, group);
}

static int64_t targetTokens(int64_t group) {
  int64_t fewest = fewestTokens(group);
  return std::max(fewest, kTargetRows / group / fewest * fewest);
}

static int64_t largestDivisor(int64_t value, int64_t limit) {
  for (int64_t divisor = std::min(value, limit);; --divisor)
    if (value % divisor == 0)
      return divisor;
}

int64_t tuning::getCompressDepth(int64_t columns, int64_t results) {
  constexpr int64_t kMost = 192, kMultiple = 16; // of a matrix instruction's depth
  int64_t most = std::clamp<int64_t>(kMostPartElements / results, 1, kMost);
  if (columns <= most)
    return columns;
  if (columns % kMultiple == 0 && most >= kMultiple)
    return kMultiple * largestDivisor(columns / kMultiple, most / kMultiple);
  return largestDivisor(columns, most);
}

static int64_t headsOf(Value packed) {
  return cast<RankedTensorType>(packed.getType()).getDimSize(1);
}

static int64_t dimOf(Value packed) {
  return cast<RankedTensorType>(packed.getType()).getDimSize(2);
}

/// `wanted` of them, `columns` each, or the half as often as a tile of `most` elements
/// asks for.
static int64_t halveToFit(int64_t wanted, int64_t columns, int64_t most) {
  while (wanted > 1 && wanted * columns > most)
    wanted /= 2;
  return wanted;
}

/// Columns of phi's hidden layer; 0 where it has none.
static int64_t hiddenOf(attn::CompressOp op) {
  return op.getPhi().getKind() == attn::PhiKind::Mlp ? op.getPhi().getHidden() : 0;
}

/// Of a score step: compressed keys per selection block, and the fewest blocks, which
/// is the halo that the band sum carries.
static std::pair<int64_t, int64_t> scoreStep(attn::ScoreBlocksOp op) {
  int64_t stride = op.getWindows().getStride(), into = op.getBlocks().getBlock();
  return {into / stride,
          tile::BandSumOp::getHalo(op.getWindows().getBlock(), stride, into)};
}

static std::pair<int64_t, int64_t> scoreStep(attn::IndexBlocksOp op) {
  return {op.getKeysPerBlock(), 1};
}

/// Keys of a step of scores.
template <typename OpT> static int64_t chooseScoreKeys(OpT op) {
  auto [perBlock, halo] = scoreStep(op);
  int64_t blocks = std::max<int64_t>(1, kTargetKeys / perBlock);
  return std::max(blocks, halo) * perBlock;
}

static int64_t chooseTokens(Operation *op) {
  if (auto attend = dyn_cast<attn::AttendOp>(op)) {
    int64_t group = attend.getGroupSize();
    int64_t dim = std::max(dimOf(attend.getQ()), dimOf(attend.getV()));
    return halveToFit(attend.getKeys().needsIndices() ? fewestTokens(group)
                                                      : targetTokens(group),
                      group * dim, kMostQueryElements);
  }
  if (auto score = dyn_cast<attn::ScoreBlocksOp>(op)) {
    int64_t group = headsOf(score.getQ()) / headsOf(score.getKc());
    int64_t tokens = halveToFit(targetTokens(group), group * dimOf(score.getQ()),
                                kMostQueryElements);
    return halveToFit(tokens, group * chooseScoreKeys(score), kMostKeyElements);
  }
  if (auto index = dyn_cast<attn::IndexBlocksOp>(op)) {
    int64_t group = index.getGroupSize();
    int64_t tokens = halveToFit(targetTokens(group), group * dimOf(index.getIq()),
                                kMostQueryElements);
    return halveToFit(tokens, group * chooseScoreKeys(index), kMostKeyElements);
  }
  if (auto group = dyn_cast<attn::GroupOp>(op)) {
    int64_t tokens = 0; // the smallest, so that lists set it
    for (Operation &inner : group.getBody().front())
      if (isa<attn::AttendOp, attn::ScoreBlocksOp, attn::IndexBlocksOp>(inner)) {
        int64_t wanted = chooseTokens(&inner);
        tokens = tokens ? std::min(tokens, wanted) : wanted;
      }
    if (tokens)
      return tokens;
  }
  if (auto combine = dyn_cast<attn::CombineOp>(op))
    return std::max<int64_t>(1, kTargetRows / headsOf(combine.getOut()));
  if (auto compress = dyn_cast<attn::CompressOp>(op))
    return halveToFit(kLaneRows,
                      std::max(dimOf(compress.getInput()), hiddenOf(compress)),
                      kMostWindowElements);
  return kLaneRows; // tokens of a stored top-k
}

static int64_t chooseKeys(Operation *op) {
  if (auto attend = dyn_cast<attn::AttendOp>(op)) {
    int64_t dim = std::max(dimOf(attend.getK()), dimOf(attend.getV()));
    int64_t keys = halveToFit(kTargetKeys, dim, kMostKeyElements);
    int64_t block = attend.getKeys().getIndexBlock();
    return block ? largestDivisor(block, keys) : keys;
  }
  if (auto score = dyn_cast<attn::ScoreBlocksOp>(op))
    return chooseScoreKeys(score);
  if (auto index = dyn_cast<attn::IndexBlocksOp>(op))
    return chooseScoreKeys(index);
  return kTargetKeys;
}

static LogicalResult verifyFits(Operation *op, tile::ScheduleAttr schedule) {
  int64_t keys = schedule.getKeys();
  if (auto attend = dyn_cast<attn::AttendOp>(op)) {
    int64_t block = attend.getKeys().getIndexBlock();
    if (block && block % keys != 0)
      return op->emitOpError()
             << "expected the schedule's keys to divide the selection "
                "block, got "
             << keys << " and " << block;
  }
  if (auto score = dyn_cast<attn::ScoreBlocksOp>(op)) {
    auto [perBlock, halo] = scoreStep(score);
    int64_t most = std::min(kMostScoreKeys, kMostMatrixElements / dimOf(score.getKc()));
    if (halo * perBlock > most)
      return op->emitOpError()
             << "expected a window to reach into selection blocks of at most " << most
             << " compressed keys, got block = " << score.getWindows().getBlock()
             << ", stride = " << score.getWindows().getStride()
             << " and selection blocks of " << score.getBlocks().getBlock();
    if (keys % perBlock != 0 || keys / perBlock < halo)
      return op->emitOpError()
             << "expected the schedule's keys to be a multiple of " << perBlock
             << ", at least " << halo * perBlock << ", got " << keys;
  }
  if (auto index = dyn_cast<attn::IndexBlocksOp>(op)) {
    int64_t perBlock = index.getKeysPerBlock();
    int64_t most = std::min(kMostScoreKeys, kMostMatrixElements / dimOf(index.getIk()));
    if (perBlock > most)
      return op->emitOpError() << "expected selection blocks of at most " << most
                               << " index keys, got " << perBlock << " for block = "
                               << index.getBlocks().getBlock() << " and stride = "
                               << index.getKeys().getKeyStride();
    if (keys % perBlock != 0)
      return op->emitOpError() << "expected the schedule's keys to be a multiple of "
                               << perBlock << ", got " << keys;
  }
  if (auto compress = dyn_cast<attn::CompressOp>(op)) {
    int64_t hidden = hiddenOf(compress), dim = dimOf(compress.getInput());
    if (hidden * dim > kMostMatrixElements) // phi's second matrix is one tile
      return op->emitOpError() << "expected hidden times the head dim to be at most "
                               << kMostMatrixElements << ", got hidden = " << hidden
                               << " and a head dim of " << dim;
  }
  return success();
}

FailureOr<tile::ScheduleAttr> tuning::getSchedule(Operation *op) {
  auto own = op->getAttrOfType<tile::ScheduleAttr>(kScheduleAttrName);
  tile::ScheduleAttr schedule =
      own ? own
          : tile::ScheduleAttr::get(op->getContext(), chooseTokens(op), chooseKeys(op),
                                    /*stages=*/2,
                                    /*queryStages=*/1, tile::Products::Warpgroup,
                                    /*groupRows=*/0);
  if (auto group = dyn_cast<attn::GroupOp>(op->getParentOp())) {
    auto outer = group->getAttrOfType<tile::ScheduleAttr>(kScheduleAttrName);
    schedule = tile::ScheduleAttr::get(
        op->getContext(), outer ? outer.getTokens() : chooseTokens(group),
        schedule.getKeys(), schedule.getStages(), schedule.getQueryStages(),
        schedule.getProducts(), outer ? outer.getGroupRows() : 0);
  }
  if (failed(verifyFits(op, schedule)))
    return failure();
  return schedule;
}
