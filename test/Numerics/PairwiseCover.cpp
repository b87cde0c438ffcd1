//===- PairwiseCover.cpp - few cases, every pair of choices ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "PairwiseCover.h"

#include <random>
#include <set>
#include <tuple>

using namespace fovea::test;

namespace {

/// (parameter, value, later parameter, value).
using Pair = std::tuple<unsigned, unsigned, unsigned, unsigned>;

/// std::mt19937_64 gives the same numbers everywhere; the standard distributions need
/// not, so none is used.
unsigned draw(std::mt19937_64 &random, unsigned size) { return random() % size; }

std::set<Pair> allPairs(const std::vector<unsigned> &sizes) {
  std::set<Pair> pairs;
  for (unsigned p = 0; p < sizes.size(); ++p)
    for (unsigned q = p + 1; q < sizes.size(); ++q)
      for (unsigned a = 0; a < sizes[p]; ++a)
        for (unsigned b = 0; b < sizes[q]; ++b)
          pairs.insert({p, a, q, b});
  return pairs;
}

Choice drawChoice(const std::vector<unsigned> &sizes, std::mt19937_64 &random) {
  Choice choice;
  for (unsigned size : sizes)
    choice.push_back(draw(random, size));
  return choice;
}

size_t countCovered(const Choice &choice, const std::set<Pair> &uncovered) {
  size_t covered = 0;
  for (unsigned p = 0; p < choice.size(); ++p)
    for (unsigned q = p + 1; q < choice.size(); ++q)
      covered += uncovered.count({p, choice[p], q, choice[q]});
  return covered;
}

} // namespace

std::vector<Choice> fovea::test::makePairwiseCover(const std::vector<unsigned> &sizes,
                                                   size_t count, uint64_t seed) {
  constexpr int kCandidates = 50;
  std::mt19937_64 random(seed);
  std::set<Pair> uncovered = allPairs(sizes);
  std::vector<Choice> cases;
  while (!uncovered.empty()) {
    // Greedy: of some random choices through one missing pair, the one that covers
    // most.
    auto [p, a, q, b] = *uncovered.begin();
    Choice best;
    size_t most = 0;
    for (int i = 0; i < kCandidates; ++i) {
      Choice candidate = drawChoice(sizes, random);
      candidate[p] = a;
      candidate[q] = b;
      size_t covered = countCovered(candidate, uncovered);
      if (covered > most) {
        most = covered;
        best = candidate;
      }
    }
    for (unsigned i = 0; i < best.size(); ++i)
      for (unsigned j = i + 1; j < best.size(); ++j)
        uncovered.erase({i, best[i], j, best[j]});
    cases.push_back(best);
  }
  while (cases.size() < count)
    cases.push_back(drawChoice(sizes, random));
  return cases;
}
