//===- SpecCase.cpp - one spec and one batch of the numerics draw ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "SpecCase.h"

#include "PairwiseCover.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace fovea::test;

namespace {

struct Dims {
  int64_t dk, dv;
};
struct Blocks {
  int64_t block, stride, select;
};
struct TopK {
  int64_t count, initial, local;
};

constexpr Dims kDims[] = {{16, 16}, {64, 64}, {128, 128}, {192, 128}, {24, 40}};
constexpr int64_t kGroups[] = {1, 4, 16, 3};
constexpr int64_t kKvHeads[] = {1, 2};
constexpr Blocks kBlocks[] = {{32, 16, 64}, {16, 16, 64}, {64, 32, 64}, {32, 8, 32}};
constexpr TopK kTopK[] = {{3, 1, 2}, {4, 1, 1}, {16, 1, 2}, {4, 0, 0}};
constexpr int64_t kWindows[] = {1, 64, 512};
constexpr const char *kPhi[] = {"mean",
                                "weighted",
                                "gated",
                                "linear",
                                "mlp, hidden = 24, activation = gelu",
                                "mlp, hidden = 8, activation = silu",
                                "mlp, hidden = 16, activation = relu"};
constexpr const char *kTypes[] = {"f32", "bf16", "f16"};
constexpr const char *kGates[] = {"logits", "values"};
constexpr const char *kBatches[] = {"edges", "one", "ragged", "long"};

/// Names the parameters, in the order of a Choice.
enum Parameter {
  kDim,
  kGroup,
  kKvHead,
  kBlock,
  kTop,
  kWindow,
  kPhiKind,
  kPositions,
  kType,
  kGate,
  kBatch,
  kOwnKv,
  kFuse,
  kData,
  kNumParameters
};

std::vector<unsigned> parameterSizes() {
  std::vector<unsigned> sizes(kNumParameters, 2);
  sizes[kDim] = std::size(kDims);
  sizes[kGroup] = std::size(kGroups);
  sizes[kBlock] = std::size(kBlocks);
  sizes[kTop] = std::size(kTopK);
  sizes[kWindow] = std::size(kWindows);
  sizes[kPhiKind] = std::size(kPhi);
  sizes[kType] = std::size(kTypes);
  sizes[kBatch] = std::size(kBatches);
  return sizes;
}

/// Lengths that meet the edges of the block sizes: 0, 1, l - 1, l, l + 1, odd.
std::vector<int64_t> makeLengths(unsigned batch, const Blocks &blocks) {
  int64_t l = blocks.block;
  switch (batch) {
  case 0:
    return {0, 1, l - 1, l, l + 1, 2 * blocks.select + 1, 0};
  case 1:
    return {blocks.select * 5};
  case 2:
    return {37, 0, 3 * blocks.select, 101, 1};
  default:
    return {7, 16 * blocks.select + 83};
  }
}

SpecCase makeCase(const Choice &choice, uint64_t seed) {
  Dims dims = kDims[choice[kDim]];
  Blocks blocks = kBlocks[choice[kBlock]];
  TopK top = kTopK[choice[kTop]];
  int64_t kvHeads = kKvHeads[choice[kKvHead]], group = kGroups[choice[kGroup]];
  const char *phi = kPhi[choice[kPhiKind]], *type = kTypes[choice[kType]];
  SpecCase result;
  result.spec = llvm::formatv(
      R"(attn.spec @spec heads {0} over {1} dims {2} x {3} of {4} gates {5} {{
  attn.branch @far sees #attn.compressed<block = {6}, stride = {7}> by #attn.phi<{8}>{9}
  attn.branch @best sees #attn.selected<block = {10}> top {11} initial {12} local {13} ranked by @far
  attn.branch @near sees #attn.window<{14}>{15}
}
)",
      kvHeads * group, kvHeads, dims.dk, dims.dv, type, kGates[choice[kGate]],
      blocks.block, blocks.stride, phi, choice[kPositions] ? " with_positions" : "",
      blocks.select, top.count, top.initial, top.local, kWindows[choice[kWindow]],
      choice[kOwnKv] ? " own_kv" : "");
  result.lengths = makeLengths(choice[kBatch], blocks);
  result.fuse = choice[kFuse];
  result.dyadic = choice[kData];
  result.seed = seed;
  result.label = llvm::formatv(
      "{0} D={1}/{2} G={3}x{4} blocks={5}/{6}/{7} n={8}({9},{10}) w={11} phi={12}{13} "
      "gates={14} batch={15}{16}{17} data={18} seed={19}",
      type, dims.dk, dims.dv, group, kvHeads, blocks.block, blocks.stride,
      blocks.select, top.count, top.initial, top.local, kWindows[choice[kWindow]], phi,
      choice[kPositions] ? "+pos" : "", kGates[choice[kGate]], kBatches[choice[kBatch]],
      choice[kOwnKv] ? " own_kv" : "", result.fuse ? " fused" : " unfused",
      result.dyadic ? "dyadic" : "normal", seed);
  return result;
}

} // namespace

std::vector<SpecCase> fovea::test::makeSpecCases(size_t count, uint64_t seed) {
  std::vector<SpecCase> cases;
  for (const Choice &choice : makePairwiseCover(parameterSizes(), count, seed))
    cases.push_back(makeCase(choice, seed + cases.size()));
  return cases;
}
