//===- SelectionComparer.cpp - are the chosen blocks right ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "SelectionComparer.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>
#include <optional>
#include <set>

using namespace fovea;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double scoreTolerance = 1e-5;

static int64_t getHeads(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType()).getDimSize(1);
}

SelectionComparer::SelectionComparer(attn::SelectTopkOp op,
                                     const reference::EvaluationResult &result,
                                     bool exact)
    : op(op), scores(*result.lookup(op.getScores())),
      expected(*result.lookup(op.getIndices())), exact(exact) {
  // A score sums the probabilities of a group of heads.
  if (auto scoreOp = op.getScores().getDefiningOp<attn::ScoreBlocksOp>())
    check.tolerance =
        scoreTolerance * getHeads(scoreOp.getQ()) / getHeads(scoreOp.getKc());
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
  int64_t own = t / op.getBlocks().getBlock();
  std::optional<std::set<int64_t>> got = readList(actual);
  std::set<int64_t> want = *readList(expected.slice(token, head));
  if (!got || (!got->empty() && *got->rbegin() > own))
    return fail(token, head, "expected ascending blocks up to the query's own");
  if (got->size() != want.size())
    return fail(token, head,
                "expected " + llvm::Twine(want.size()) + " blocks, got " +
                    llvm::Twine(got->size()));

  auto isForced = [&](int64_t j) {
    return j < int64_t(op.getInitial()) || j > own - int64_t(op.getLocal());
  };
  llvm::ArrayRef<double> row = scores.slice(token, head);
  double nth = infinity;
  for (int64_t j : want)
    if (!isForced(j))
      nth = std::min(nth, row[j]);
  std::vector<int64_t> differing;
  std::set_symmetric_difference(got->begin(), got->end(), want.begin(), want.end(),
                                std::back_inserter(differing));
  for (int64_t j : differing) {
    ++check.differing;
    double gap = isForced(j) ? infinity : std::fabs(row[j] - nth);
    check.worstGap = std::max(check.worstGap, gap);
    if (exact || !(gap <= check.tolerance))
      fail(token, head,
           llvm::formatv("block {0} has score {1}, {2} from the n-th", j, row[j], gap));
  }
}
