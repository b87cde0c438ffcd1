//===- GradBounds.cpp - how exact gradients of attention can be -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// dS = P (dP - delta) is a small number of two that may be large and alike: its error
// is that of P against what is left of the difference, and that of the difference,
// which knows nothing of what cancels, against P.
//
//===----------------------------------------------------------------------===//

#include "GradModels.h"

#include "fovea/Reference/Attend.h"
#include "fovea/Reference/InvertLists.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace fovea;
using llvm::ArrayRef;
using reference::Array;

double fovea::getMagnitude(ArrayRef<double> x, ArrayRef<double> y) {
  double sum = 0;
  for (size_t d = 0; d < x.size(); ++d)
    sum += std::fabs(x[d] * y[d]);
  return sum;
}

double fovea::getError(const ErrorBounds &bounds, mlir::Value value, int64_t i,
                       int64_t j) {
  const ErrorBound *bound = bounds.lookup(value);
  return bound ? bound->error.at(i, j) : 0;
}

void fovea::deriveBounds(attn::AttendDeltaOp op, ErrorBounds &bounds) {
  const Array &dout = bounds.get(op.getDout()), &out = bounds.get(op.getOut());
  bounds.start(op.getDelta());
  for (int64_t t = 0; t < dout.dim(0); ++t)
    for (int64_t h = 0; h < dout.dim(1); ++h) {
      if (!bounds.includes(t))
        continue;
      BoundedScore sum = getBoundedScore(
          dout.slice(t, h), bounds.getErrors(op.getDout(), t, h), out.slice(t, h),
          bounds.getErrors(op.getOut(), t, h), /*scale=*/1);
      double dlse = op.getDlse() ? bounds.get(op.getDlse()).at(t, h) : 0;
      double dlseError = op.getDlse() ? getError(bounds, op.getDlse(), t, h) : 0;
      BoundedRow delta(1);
      delta.value[0] = sum.score - dlse;
      delta.magnitude[0] =
          getMagnitude(dout.slice(t, h), out.slice(t, h)) + std::fabs(dlse);
      delta.error[0] = sum.error + dlseError + f32Roundoff * delta.magnitude[0];
      bounds.bindRow(op.getDelta(), t, h, delta, /*mayStayWide=*/false);
    }
}

namespace {
/// A number, and the sum of what cancels in it.
struct BoundedTerm {
  double value, error, magnitude;
};

/// P and dS of one pair, and what its score changes by; nothing without a region.
struct BoundedPair {
  double p, pError;
  BoundedTerm ds;
  llvm::SmallVector<BoundedScore, 4> slopes;

  /// dS times number `i` of the slopes: by the score as it was, then by each learned
  /// value. What is 0 stays so, however steep the score is.
  BoundedTerm by(size_t i) const {
    if (slopes.empty() || (ds.value == 0 && ds.error == 0))
      return ds;
    double slope = slopes[i].score, size = std::fabs(slope);
    double error = (ds.error + f32Smallest) * (size + slopes[i].error) +
                   std::fabs(ds.value) * (slopes[i].error + 2 * f32Roundoff * size);
    return {ds.value * slope, std::isnan(error) ? kInfinity : error,
            ds.magnitude * size};
  }
};
} // namespace

/// Of key number `i` of those that a query sees. dS is made of P that is rounded by
/// `pRoundoff`.
template <typename OpT>
static BoundedPair boundPair(OpT op, const ErrorBounds &bounds,
                             const reference::ScoreProgram &program,
                             const reference::VisibleKeys &keys, size_t i, int64_t head,
                             double pRoundoff) {
  int64_t token = keys.token, row = keys.rows[i], g = keys.kvHead;
  const Array &query = bounds.get(op.getQ()), &key = bounds.get(op.getK()),
              &value = bounds.get(op.getV()), &dout = bounds.get(op.getDout());
  double lse = bounds.get(op.getLse()).at(token, head);
  double delta = bounds.get(op.getDelta()).at(token, head);
  double lseError =
      getError(bounds, op.getLse(), token, head) + 4 * f32Roundoff * std::fabs(lse);
  BoundedScore product = getBoundedScore(
      query.slice(token, head), bounds.getErrors(op.getQ(), token, head),
      key.slice(row, g), bounds.getErrors(op.getK(), row, g), op.getScaleOrDefault());
  llvm::SmallVector<BoundedScore, 4> slopes =
      getBoundedScores(program, product, keys.position, keys.getKeyPosition(i), head);
  BoundedScore score = slopes.front();
  slopes.erase(slopes.begin());
  double p = 0, pError = 0; // of what is -inf, exactly
  if (lse != -kInfinity && score.score != -kInfinity) {
    p = std::exp(score.score - lse);
    pError = std::exp(score.score - lse + score.error + lseError) - p +
             getSumRoundoff(1) * p + f32Smallest;
  }
  BoundedScore dp = getBoundedScore(
      dout.slice(token, head), bounds.getErrors(op.getDout(), token, head),
      value.slice(row, g), bounds.getErrors(op.getV(), row, g), /*scale=*/1);
  double size =
      getMagnitude(dout.slice(token, head), value.slice(row, g)) + std::fabs(delta);
  double left = dp.score - delta;
  double leftError = dp.error + getError(bounds, op.getDelta(), token, head) +
                     f32Roundoff * (std::fabs(dp.score) + std::fabs(delta));
  double roundedError = pError + pRoundoff * (p + pError);
  double error = roundedError * (std::fabs(left) + leftError) + p * leftError;
  BoundedTerm ds{p * left, std::isnan(error) ? kInfinity : error, p * size};
  return {p, pError, ds, slopes};
}

/// Adds a term that is off by `relative` beside its error, scaled, times `row`.
static void addTerm(BoundedRow &sum, double scale, const BoundedTerm &term,
                    double relative, RowView row) {
  sum.addScaled(scale * term.value,
                scale * (term.error + relative * std::fabs(term.value) + f32Smallest),
                row, scale * term.magnitude);
}

template <typename OpT>
static reference::ScoreProgram getGradientProgram(OpT op, const ErrorBounds &bounds) {
  return reference::ScoreProgram::withDerivatives(op.getScoreRegion(),
                                                  bounds.getLearned(op));
}

/// What each token lists; none where there are no lists.
static std::optional<reference::IndexArray> getLists(attn::AttendGradQOp op,
                                                     const ErrorBounds &bounds) {
  if (!op.getIndices())
    return std::nullopt;
  return reference::toIndices(bounds.get(op.getIndices()));
}

static std::optional<reference::IndexArray> getLists(attn::AttendGradKVOp op,
                                                     const ErrorBounds &bounds) {
  if (!op.getEntries())
    return std::nullopt;
  reference::Sequences sequences = bounds.getSequences(op.getCuSeqlens());
  // The reference has been given the same.
  return llvm::cantFail(
      reference::revertLists({reference::toIndices(bounds.get(op.getBounds())),
                              reference::toIndices(bounds.get(op.getEntries()))},
                             attn::getListedTokens(op.getKeys()), sequences));
}

/// The keys that each query sees.
template <typename OpT>
static void forQueries(OpT op, const ErrorBounds &bounds,
                       llvm::function_ref<void(const reference::VisibleKeys &)> visit) {
  reference::Sequences sequences = bounds.getSequences(op.getCuSeqlens());
  std::optional<reference::IndexArray> indices = getLists(op, bounds);
  reference::ComputeOptions computeOptions;
  computeOptions.tokens = bounds.getTokens();
  reference::visitQueries(reference::makeKeySet(op.getKeys()), sequences,
                          bounds.get(op.getK()).dim(1), indices ? &*indices : nullptr,
                          computeOptions, visit);
}

void fovea::deriveBounds(attn::AttendGradQOp op, ErrorBounds &bounds) {
  const Array &query = bounds.get(op.getQ()), &key = bounds.get(op.getK());
  for (mlir::Value result : op->getResults())
    bounds.start(result);
  double scale = op.getScaleOrDefault(), operand = bounds.getOperandRoundoff(op.getK());
  int64_t group = query.dim(1) / key.dim(1);
  const auto program = getGradientProgram(op, bounds);
  const double one = 1;

  auto bindQuery = [&](const reference::VisibleKeys &keys, int64_t head) {
    BoundedRow dq(query.dim(2));
    std::vector<BoundedRow> learned(op.getLearned().size(), BoundedRow(1));
    if (op.getBase())
      dq.addScaled(1, f32Roundoff, bounds.getRow(op.getBase(), keys.token, head));
    // Summed and scaled; products take a rounded operand.
    double relative = getSumRoundoff(keys.rows.size()) + 2 * f32Roundoff;
    for (size_t i = 0; i < keys.rows.size(); ++i) {
      BoundedPair pair = boundPair(op, bounds, program, keys, i, head, /*pRoundoff=*/0);
      addTerm(dq, scale, pair.by(0), operand + relative,
              bounds.getRow(op.getK(), keys.rows[i], keys.kvHead));
      for (size_t x = 0; x < learned.size(); ++x)
        addTerm(learned[x], /*scale=*/1, pair.by(1 + x), relative, {one, {}, {}});
    }
    bounds.bindRow(op.getDq(), keys.token, head, dq, /*mayStayWide=*/false);
    for (auto [value, sum] : llvm::zip_equal(op.getDlearned(), learned))
      bounds.bindRow(value, keys.token, head, sum, /*mayStayWide=*/false);
  };
  forQueries(op, bounds, [&](const reference::VisibleKeys &keys) {
    if (keys.rows.empty() && !op.getBase())
      return; // exactly 0
    for (int64_t i = 0; i < group; ++i)
      bindQuery(keys, keys.kvHead * group + i);
  });
}

namespace {
/// The sums of a key row, and how many queries they are over.
struct BoundedKey {
  std::optional<BoundedRow> dk, dv;
  int64_t terms = 0;
};

/// The gradients of keys and values.
class KeyBounds {
public:
  KeyBounds(attn::AttendGradKVOp op, ErrorBounds &bounds)
      : op(op), bounds(bounds), kvHeads(bounds.get(op.getK()).dim(1)),
        group(bounds.get(op.getQ()).dim(1) / kvHeads),
        program(getGradientProgram(op, bounds)),
        sums(bounds.get(op.getK()).dim(0) * kvHeads) {}

  void derive() {
    bounds.start(op.getDk());
    bounds.start(op.getDv());
    // How sums round follows from how many terms they have.
    forQueries(op, bounds, [&](const reference::VisibleKeys &keys) {
      for (int64_t row : keys.rows)
        getSums(row, keys.kvHead).terms += group;
    });
    forQueries(op, bounds, [&](const reference::VisibleKeys &keys) {
      for (size_t i = 0; i < keys.rows.size(); ++i)
        for (int64_t h = 0; h < group; ++h)
          add(keys, i, keys.kvHead * group + h);
    });
    for (size_t i = 0; i < sums.size(); ++i) {
      if (!sums[i].terms)
        continue; // exactly 0
      int64_t row = i / kvHeads, g = i % kvHeads;
      bounds.bindRow(op.getDk(), row, g, *sums[i].dk, /*mayStayWide=*/false);
      bounds.bindRow(op.getDv(), row, g, *sums[i].dv, /*mayStayWide=*/false);
    }
  }

private:
  BoundedKey &getSums(int64_t row, int64_t g) { return sums[row * kvHeads + g]; }

  void add(const reference::VisibleKeys &keys, size_t i, int64_t head) {
    BoundedKey &key = getSums(keys.rows[i], keys.kvHead);
    if (!key.dk) {
      key.dk.emplace(bounds.get(op.getK()).dim(2));
      key.dv.emplace(bounds.get(op.getV()).dim(2));
    }
    double pRoundoff = bounds.getOperandRoundoff(op.getDout());
    BoundedPair pair = boundPair(op, bounds, program, keys, i, head, pRoundoff);
    double scale = op.getScaleOrDefault(), rounded = getSumRoundoff(key.terms);
    // Rounded as an operand, summed, and for keys scaled.
    double ofDs = bounds.getOperandRoundoff(op.getQ()) + rounded + 2 * f32Roundoff;
    double ofP = pRoundoff + rounded;
    addTerm(*key.dk, scale, pair.by(0), ofDs,
            bounds.getRow(op.getQ(), keys.token, head));
    key.dv->addScaled(pair.p, pair.pError + ofP * pair.p,
                      bounds.getRow(op.getDout(), keys.token, head));
  }

  attn::AttendGradKVOp op;
  ErrorBounds &bounds;
  int64_t kvHeads, group;
  reference::ScoreProgram program;
  std::vector<BoundedKey> sums; ///< of each key row and KV head
};
} // namespace

void fovea::deriveBounds(attn::AttendGradKVOp op, ErrorBounds &bounds) {
  KeyBounds(op, bounds).derive();
}
