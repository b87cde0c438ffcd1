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
/// P and dS of one pair.
struct BoundedPair {
  double p, pError;
  double ds, dsError, dsMagnitude;
};
} // namespace

/// dS is made of P that is rounded by `pRoundoff`.
template <typename OpT>
static BoundedPair boundPair(OpT op, const ErrorBounds &bounds, int64_t token,
                             int64_t head, int64_t row, int64_t g, double pRoundoff) {
  const Array &query = bounds.get(op.getQ()), &key = bounds.get(op.getK()),
              &value = bounds.get(op.getV()), &dout = bounds.get(op.getDout());
  double lse = bounds.get(op.getLse()).at(token, head);
  double delta = bounds.get(op.getDelta()).at(token, head);
  double lseError =
      getError(bounds, op.getLse(), token, head) + 4 * f32Roundoff * std::fabs(lse);
  BoundedScore score = getBoundedScore(
      query.slice(token, head), bounds.getErrors(op.getQ(), token, head),
      key.slice(row, g), bounds.getErrors(op.getK(), row, g), op.getScaleOrDefault());
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
  return {p, pError, p * left, std::isnan(error) ? kInfinity : error, p * size};
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
  reference::Sequences sequences{
      reference::toIndices(bounds.get(op.getCuSeqlens())).data};
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
  reference::Sequences sequences{
      reference::toIndices(bounds.get(op.getCuSeqlens())).data};
  std::optional<reference::IndexArray> indices = getLists(op, bounds);
  reference::ComputeOptions computeOptions;
  computeOptions.tokens = bounds.getTokens();
  reference::visitQueries(reference::makeKeySet(op.getKeys()), sequences,
                          bounds.get(op.getK()).dim(1), indices ? &*indices : nullptr,
                          computeOptions, visit);
}

void fovea::deriveBounds(attn::AttendGradQOp op, ErrorBounds &bounds) {
  const Array &query = bounds.get(op.getQ()), &key = bounds.get(op.getK());
  bounds.start(op.getDq());
  double scale = op.getScaleOrDefault(), operand = bounds.getOperandRoundoff(op.getK());
  int64_t group = query.dim(1) / key.dim(1);

  auto bindQuery = [&](const reference::VisibleKeys &keys, int64_t head) {
    BoundedRow dq(query.dim(2));
    if (op.getBase())
      dq.addScaled(1, f32Roundoff, bounds.getRow(op.getBase(), keys.token, head));
    // Rounded as an operand, summed, and scaled.
    double relative = operand + getSumRoundoff(keys.rows.size()) + 2 * f32Roundoff;
    for (int64_t row : keys.rows) {
      BoundedPair pair = boundPair(op, bounds, keys.token, head, row, keys.kvHead,
                                   /*pRoundoff=*/0);
      dq.addScaled(scale * pair.ds,
                   scale * (pair.dsError + relative * std::fabs(pair.ds) + f32Smallest),
                   bounds.getRow(op.getK(), row, keys.kvHead),
                   scale * pair.dsMagnitude);
    }
    bounds.bindRow(op.getDq(), keys.token, head, dq, /*mayStayWide=*/false);
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
      for (int64_t row : keys.rows)
        for (int64_t i = 0; i < group; ++i)
          add(keys.token, keys.kvHead * group + i, row, keys.kvHead);
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

  void add(int64_t token, int64_t head, int64_t row, int64_t g) {
    BoundedKey &key = getSums(row, g);
    if (!key.dk) {
      key.dk.emplace(bounds.get(op.getK()).dim(2));
      key.dv.emplace(bounds.get(op.getV()).dim(2));
    }
    double pRoundoff = bounds.getOperandRoundoff(op.getDout());
    BoundedPair pair = boundPair(op, bounds, token, head, row, g, pRoundoff);
    double scale = op.getScaleOrDefault(), rounded = getSumRoundoff(key.terms);
    // Rounded as an operand, summed, and for keys scaled.
    double ofDs = bounds.getOperandRoundoff(op.getQ()) + rounded + 2 * f32Roundoff;
    double ofP = pRoundoff + rounded;
    key.dk->addScaled(scale * pair.ds,
                      scale * (pair.dsError + ofDs * std::fabs(pair.ds) + f32Smallest),
                      bounds.getRow(op.getQ(), token, head), scale * pair.dsMagnitude);
    key.dv->addScaled(pair.p, pair.pError + ofP * pair.p,
                      bounds.getRow(op.getDout(), token, head));
  }

  attn::AttendGradKVOp op;
  ErrorBounds &bounds;
  int64_t kvHeads, group;
  std::vector<BoundedKey> sums; ///< of each key row and KV head
};
} // namespace

void fovea::deriveBounds(attn::AttendGradKVOp op, ErrorBounds &bounds) {
  KeyBounds(op, bounds).derive();
}
