//===- SelectionComparer.cpp - are the chosen blocks right ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "SelectionComparer.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>
#include <optional>

using namespace fovea;

static constexpr double infinity = std::numeric_limits<double>::infinity();
/// What is smaller sums probabilities that f32 may flush to 0: such blocks tie.
static constexpr double smallestScore = 0x1p-100;

SelectionComparer::SelectionComparer(const BlockChoice &choice,
                                     const reference::EvaluationResult &result,
                                     const ErrorBounds &bounds, bool exact)
    : choice(choice), scores(*result.lookup(choice.scores)),
      expected(*result.lookup(choice.indices)), bound(bounds.lookup(choice.scores)),
      exact(exact) {
  check.rule = exact ? "the reference's blocks" : "scores within their bounds";
}

void SelectionComparer::fail(int64_t token, int64_t head, const llvm::Twine &message) {
  if (check.problem.empty())
    check.problem =
        llvm::formatv("token {0}, kv head {1}: {2}", token, head, message.str());
}

/// The blocks of a list; ascending with -1 last, or nothing.
static std::optional<std::set<int64_t>> readList(llvm::ArrayRef<double> list) {
  std::set<int64_t> blocks;
  bool ended = false;
  for (double index : list) {
    if (index == -1) {
      ended = true;
      continue;
    }
    if (ended || index < 0 || (!blocks.empty() && *blocks.rbegin() >= index))
      return std::nullopt;
    blocks.insert(index);
  }
  return blocks;
}

void SelectionComparer::compare(int64_t token, int64_t t, int64_t head,
                                llvm::ArrayRef<double> actual) {
  ++check.lists;
  int64_t own = t / choice.block;
  std::optional<std::set<int64_t>> got = readList(actual);
  std::set<int64_t> want = *readList(expected.slice(token, head));
  if (!got || (!got->empty() && *got->rbegin() > own))
    return fail(token, head, "expected ascending blocks up to the query's own");
  if (got->size() != want.size())
    return fail(token, head,
                "expected " + llvm::Twine(want.size()) + " blocks, got " +
                    llvm::Twine(got->size()));

  compareBlocks(token, head, own, *got, want);
}

void SelectionComparer::compareBlocks(int64_t token, int64_t head, int64_t own,
                                      const std::set<int64_t> &got,
                                      const std::set<int64_t> &want) {
  std::vector<int64_t> differing;
  std::set_symmetric_difference(got.begin(), got.end(), want.begin(), want.end(),
                                std::back_inserter(differing));
  if (differing.empty())
    return;
  llvm::ArrayRef<double> row = scores.slice(token, head), errors;
  if (bound)
    errors = bound->error.slice(token, head);
  auto getError = [&](int64_t j) { return errors.empty() ? 0 : errors[j]; };
  // A score may be below 0; its size is that of what it sums.
  auto getMagnitude = [&](int64_t j) {
    return bound ? bound->magnitude.slice(token, head)[j] : std::fabs(row[j]);
  };
  double nth = infinity, error = 0, magnitude = 0;
  for (int64_t j : want)
    if (!isForced(j, own) && row[j] < nth) {
      nth = row[j];
      error = getError(j);
      magnitude = getMagnitude(j);
    }
  // A device ranks two blocks the other way round if both scores are off that far.
  for (int64_t j : differing)
    error = std::max(error, getError(j));
  bool undecided = false;
  for (int64_t j : differing) {
    ++check.differing;
    bool forced = isForced(j, own);
    double gap = forced ? infinity : row[j] == nth ? 0 : std::fabs(row[j] - nth);
    double allowed = exact ? 0 : getError(j) + error;
    if (gap > check.worstGap) {
      check.worstGap = gap;
      check.bound = allowed;
    }
    if (exact || forced || !(gap <= allowed))
      fail(token, head,
           llvm::formatv("block {0} of score {1}: expected to be within {2:e2} of the "
                         "n-th, got {3:e2}",
                         j, row[j], allowed, gap));
    // A bound beside which the scores are small lets any block pass; one whose score is
    // near the n-th all the same is a good choice.
    else
      undecided |= !std::isfinite(gap) ||
                   gap > std::max(getMagnitude(j), magnitude) / 2 + smallestScore;
  }
  check.undecidedLists += undecided;
}
