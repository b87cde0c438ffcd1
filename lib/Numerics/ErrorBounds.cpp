//===- ErrorBounds.cpp - how far each value may be off --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Numerics/ErrorBounds.h"

#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/IndexBlocks.h"
#include "fovea/Reference/ScoreBlocks.h"

#include <cmath>
#include <limits>

using namespace fovea;
using llvm::ArrayRef;
using llvm::Error;
using mlir::Operation;
using mlir::Value;
using reference::Array;
using reference::Sequences;

/// A score whose parts pass this may overflow in f32.
static constexpr double largestScore = 0x1p126;

double fovea::getUnitRoundoff(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return f32Roundoff;
  case ElementType::F16:
    return 0x1p-11;
  case ElementType::BF16:
    return 0x1p-8;
  case ElementType::I32:
    return 0;
  }
  llvm_unreachable("unknown element type");
}

double ErrorBounds::getOperandRoundoff(Value value) const {
  ElementType type = *reference::getElementType(value.getType());
  return narrowOperands && type != ElementType::F32 ? getUnitRoundoff(type) : 0;
}

BoundedScore fovea::getBoundedScore(ArrayRef<double> query, ArrayRef<double> queryError,
                                    ArrayRef<double> key, ArrayRef<double> keyError,
                                    double scale) {
  double score = 0, magnitude = 0, error = 0;
  for (size_t d = 0; d < query.size(); ++d) {
    double q = std::fabs(query[d]), k = std::fabs(key[d]);
    score += query[d] * key[d];
    magnitude += q * k;
    double dq = queryError.empty() ? 0 : queryError[d];
    double dk = keyError.empty() ? 0 : keyError[d];
    if (dq != 0 || dk != 0)
      error += q * dk + dq * k + dq * dk;
  }
  if (magnitude > largestScore || scale * magnitude > largestScore)
    return {scale * score, kInfinity};
  // As getSumRoundoff, with half of the random walk: scores are what decides
  // whether large logits can be compared at all, and a walk of D steps is short.
  error += (std::sqrt(double(query.size())) + 8) * f32Roundoff * magnitude;
  return {scale * score, scale * error};
}

ErrorBound &ErrorBounds::start(Value value) {
  const reference::Shape &shape = result.lookup(value)->shape;
  return bounds[value] = ErrorBound{Array(shape), Array(shape)};
}

/// The largest |r - y| for what a device may have stored, or kept, for a value
/// within `error` of `exact`, where the reference has r. 0 for values that are not
/// finite, which are compared by kind.
static double boundRounded(ElementType type, double exact, double error, double r,
                           bool mayStayWide) {
  if (!std::isfinite(exact) || !std::isfinite(r))
    return 0;
  if (!(error < kInfinity))
    return kInfinity;
  double worst = 0;
  for (double end : {exact - error, exact + error}) {
    double stored = roundTo(type, end);
    if (mayStayWide || std::isinf(stored))
      worst = std::max(worst, std::fabs(end - r));
    if (!std::isinf(stored))
      worst = std::max(worst, std::fabs(stored - r));
  }
  return worst;
}

void ErrorBounds::bind(Value value, ArrayRef<int64_t> at, const BoundedRow &row,
                       bool mayStayWide) {
  ElementType type = *reference::getElementType(value.getType());
  ErrorBound &bound = bounds.find(value)->second;
  ArrayRef<double> computed = result.lookup(value)->data;
  int64_t first = reference::locateSlice(bound.error.shape, at).first;
  for (size_t d = 0; d < row.value.size(); ++d) {
    bound.magnitude.data[first + d] = row.magnitude[d];
    bound.error.data[first + d] = boundRounded(type, row.value[d], row.error[d],
                                               computed[first + d], mayStayWide);
  }
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

Error fovea::verifyExact(const ErrorBounds &bounds, mlir::ValueRange params) {
  for (Value param : params)
    if (bounds.lookup(param))
      return llvm::createStringError("expected phi's parameters to be exact, got ones "
                                     "that an operation computes");
  return Error::success();
}

Error ErrorBounds::derive(attn::CompressOp op) {
  if (Error error = verifyExact(*this, op.getParams()))
    return error;
  const Array &input = get(op.getInput());
  reference::CompressOperands operands{input};
  for (Value param : op.getParams())
    operands.weights.push_back(&get(param));
  reference::CompressOptions compressOptions =
      reference::getCompressOptions(op.getWindows(), op.getPhi());
  double operandRoundoff = getOperandRoundoff(op.getInput());
  Sequences sequences = getSequences(op.getCuSeqlens());
  int64_t block = compressOptions.block, stride = compressOptions.stride;
  start(op.getOutput());
  BoundedWindow window({block, input.dim(2)});
  for (int64_t b = 0; b < sequences.size(); ++b)
    for (int64_t i = 0; i < reference::numWindows(sequences.length(b), block, stride);
         ++i)
      for (int64_t g = 0; g < input.dim(1); ++g) {
        for (int64_t r = 0; r < block; ++r) {
          int64_t token = sequences.begin(b) + i * stride + r;
          BoundedRow y(input.dim(2));
          y.addScaled(1, 0, getRow(op.getInput(), token, g));
          if (op.getPositions()) {
            y.addScaled(1, 0, getRow(op.getPositions(), g, r));
            for (size_t d = 0; d < y.value.size(); ++d)
              y.error[d] += (operandRoundoff + f32Roundoff) * std::fabs(y.value[d]);
          }
          window.set(r, y);
        }
        bindRow(op.getOutput(), sequences.beginWindow(b, stride) + i, g,
                boundPhi(window, operands, compressOptions, g, operandRoundoff),
                /*mayStayWide=*/false);
      }
  return Error::success();
}

void ErrorBounds::derive(attn::AttendOp op) {
  const Array &query = get(op.getQ()), &key = get(op.getK()), &value = get(op.getV());
  Sequences sequences = getSequences(op.getCuSeqlens());
  reference::KeySet keySet = reference::makeKeySet(op.getKeys());
  std::optional<reference::IndexArray> indices;
  if (op.getIndices())
    indices = reference::toIndices(get(op.getIndices()));
  int64_t group = query.dim(1) / key.dim(1);
  double scale = op.getScaleOrDefault(), operand = getOperandRoundoff(op.getV());
  start(op.getOut());
  start(op.getLse());
  ElementType lseType = *reference::getElementType(op.getLse().getType());

  const reference::ScoreProgram program = getProgram(op);
  const std::vector<double> noValue(value.dim(2)); // a sink's

  auto bindQuery = [&](const reference::VisibleKeys &keys, int64_t head) {
    int64_t token = keys.token, g = keys.kvHead;
    ArrayRef<int64_t> rows = keys.rows;
    SoftmaxBound softmax;
    for (size_t i = 0; i < rows.size(); ++i) {
      BoundedScore score = getBoundedScore(
          query.slice(token, head), getErrors(op.getQ(), token, head),
          key.slice(rows[i], g), getErrors(op.getK(), rows[i], g), scale);
      score =
          getBoundedScore(program, score, keys.position, keys.getKeyPosition(i), head);
      softmax.add(score.score, score.error);
    }
    if (op.getSinks()) {
      double sink = get(op.getSinks()).at(head);
      softmax.add(sink, 4 * f32Roundoff * std::fabs(sink));
    }
    softmax.finish();
    bindRow(op.getOut(), token, head,
            softmax.sumValues(
                value.dim(2),
                [&](size_t u) {
                  return u < rows.size() ? getRow(op.getV(), rows[u], g)
                                         : RowView{noValue, {}, {}};
                },
                operand),
            /*mayStayWide=*/true);
    ErrorBound &lseBound = bounds.find(op.getLse())->second;
    lseBound.error.at(token, head) =
        boundRounded(lseType, softmax.getLse(), softmax.getLseError(),
                     result.lookup(op.getLse())->at(token, head), true);
    // Of a large logarithm, a relative error of 2^-6 says enough.
    lseBound.magnitude.at(token, head) =
        std::max(1.0, std::fabs(softmax.getLse()) * 0x1p-5);
  };

  reference::ComputeOptions computeOptions;
  computeOptions.tokens = options.tokens;
  reference::visitQueries(keySet, sequences, key.dim(1), indices ? &*indices : nullptr,
                          computeOptions, [&](const reference::VisibleKeys &keys) {
                            for (int64_t i = 0; i < group; ++i)
                              bindQuery(keys, keys.kvHead * group + i);
                          });
}

void ErrorBounds::derive(attn::ScoreBlocksOp op) {
  const Array &query = get(op.getQ()), &key = get(op.getKc()), &lse = get(op.getLse());
  Sequences sequences = getSequences(op.getCuSeqlens());
  reference::BlockSizes sizes{op.getWindows().getBlock(), op.getWindows().getStride(),
                              op.getBlocks().getBlock()};
  int64_t group = query.dim(1) / key.dim(1);
  const ErrorBound *lseBound = lookup(op.getLse());
  ErrorBound &bound = start(op.getScores());
  const reference::ScoreProgram program = getProgram(op);

  auto addQuery = [&](int64_t token, int64_t position, int64_t head, int64_t firstRow) {
    int64_t visible = reference::numWindows(position + 1, sizes.block, sizes.stride);
    llvm::MutableArrayRef<double> errors = bound.error.slice(token, head / group);
    llvm::MutableArrayRef<double> magnitudes =
        bound.magnitude.slice(token, head / group);
    double lseError = (lseBound ? lseBound->error.at(token, head) : 0) +
                      4 * f32Roundoff * std::fabs(lse.at(token, head));
    if (lse.at(token, head) == -kInfinity)
      return; // no key has a probability
    for (int64_t i = 0; i < visible; ++i) {
      BoundedScore product = getBoundedScore(
          query.slice(token, head), getErrors(op.getQ(), token, head),
          key.slice(firstRow + i, head / group),
          getErrors(op.getKc(), firstRow + i, head / group), op.getScaleOrDefault());
      auto [score, error] =
          getBoundedScore(program, product, position, i * sizes.stride, head);
      double p = std::exp(score - lse.at(token, head));
      double off = std::exp(score - lse.at(token, head) + error + lseError) - p +
                   getSumRoundoff(visible) * p + f32Smallest;
      int64_t firstToken = i * sizes.stride;
      for (int64_t j = firstToken / sizes.selectBlock;
           j <= (firstToken + sizes.block - 1) / sizes.selectBlock; ++j) {
        double weight = reference::overlapWeight(i, j, sizes);
        errors[j] += weight * (std::isnan(off) ? kInfinity : off);
        magnitudes[j] += weight * p;
      }
    }
  };

  for (int64_t b = 0; b < sequences.size(); ++b)
    for (int64_t t = sequences.firstPosition(b); t < sequences.length(b); ++t) {
      int64_t token = sequences.queryRow(b, t);
      if (!includes(token))
        continue;
      for (int64_t head = 0; head < query.dim(1); ++head)
        addQuery(token, t, head, sequences.beginWindow(b, sizes.stride));
    }
}

/// A maximum is off by no more than what is best with all errors for it, or against it;
/// a rectified product by no more than the product.
void ErrorBounds::derive(attn::IndexBlocksOp op) {
  const Array &query = get(op.getIq()), &key = get(op.getIk());
  const Array *weights = op.getWeights() ? &get(op.getWeights()) : nullptr;
  reference::IndexOptions indexOptions = reference::getIndexOptions(op);
  int64_t group = op.getGroupSize(), sharing = op.getKeySharing();
  const Array &scores = get(op.getScores());
  ErrorBound &bound = start(op.getScores());
  Array highest(scores.shape, -kInfinity), lowest(scores.shape, -kInfinity);

  auto addKey = [&](int64_t token, int64_t g, int64_t row, int64_t block) {
    double sum = 0, magnitude = 0, off = 0;
    for (int64_t h = g * group; h < (g + 1) * group; ++h) {
      auto [product, error] = getBoundedScore(
          query.slice(token, h), getErrors(op.getIq(), token, h),
          key.slice(row, g / sharing), getErrors(op.getIk(), row, g / sharing), 1);
      if (indexOptions.rectified)
        product = product > 0 ? product : 0;
      double weight = weights ? weights->at(token, h) : 1;
      sum += weight * product;
      magnitude += std::fabs(weight * product);
      off += std::fabs(weight) * error;
    }
    if (std::isnan(sum))
      return; // does not count
    off += getSumRoundoff(group) * magnitude + f32Smallest;
    if (std::isnan(off) || magnitude > largestScore)
      off = kInfinity;
    double &high = highest.at(token, g, block), &low = lowest.at(token, g, block);
    high = std::max(high, sum + off);
    low = std::max(low, sum - off);
    double &most = bound.magnitude.at(token, g, block);
    most = std::max(most, magnitude);
  };
  reference::ComputeOptions computeOptions;
  computeOptions.tokens = options.tokens;
  reference::visitIndexKeys(reference::makeKeySet(op.getKeys()), indexOptions,
                            getSequences(op.getCuSeqlens()), computeOptions, addKey);
  for (auto [error, score, high, low] :
       llvm::zip_equal(bound.error.data, scores.data, highest.data, lowest.data))
    if (std::isfinite(score)) // what is not is compared by kind
      error = std::max(high - score, score - low);
}

double ErrorBounds::boundPartialSums(Value sum, size_t terms, double most) const {
  ElementType type = *reference::getElementType(sum.getType());
  constexpr double kHalfOfSmallest = 0x1p-25; // of f16, whose numbers end first
  if (!narrowOperands)
    return 0;
  return (terms - 1) * std::max(getUnitRoundoff(type) * most, type == ElementType::F16
                                                                  ? kHalfOfSmallest
                                                                  : f32Smallest);
}

/// Whether an operation of the same group takes the sum, which need not be rounded
/// then: one that does not wait in memory is in registers.
static bool isTakenInGroup(attn::CombineOp op) {
  return mlir::isa<attn::GroupOp>(op->getParentOp()) &&
         llvm::any_of(op.getOut().getUsers(), [](Operation *user) {
           return !user->hasTrait<mlir::OpTrait::IsTerminator>();
         });
}

/// Whether a combine is what an attention's gradients take as dout: attn-fold-gates has
/// them scale probabilities instead, and nothing is rounded here.
static bool isFolded(attn::CombineOp op) {
  return llvm::any_of(op.getOut().getUsers(), [](Operation *user) {
    return mlir::isa<attn::AttendDeltaOp>(user);
  });
}

void ErrorBounds::derive(attn::CombineOp op) {
  const Array &gates = get(op.getGates());
  bool logits = op.getMode() == attn::GateMode::Logits;
  bool mayStayWide = isTakenInGroup(op) || isFolded(op);
  start(op.getOut());
  int64_t heads = gates.dim(1), width = result.lookup(op.getOut())->dim(2);
  for (int64_t token = 0; token < gates.dim(0); ++token) {
    if (!includes(token))
      continue;
    for (int64_t head = 0; head < heads; ++head) {
      BoundedRow row(width);
      std::vector<double> most(width); // that a sum of some may come to
      if (op.getBase()) {
        RowView base = getRow(op.getBase(), token, head);
        row.addScaled(1, 0, base);
        for (int64_t d = 0; d < width; ++d)
          most[d] = std::fabs(base.value[d]);
      }
      ArrayRef<double> gateErrors = getErrors(op.getGates(), token, head);
      for (auto [c, branch] : llvm::enumerate(op.getBranches())) {
        size_t column = op.getGateColumn(c);
        double gate = gates.at(token, head, column);
        double error = gateErrors.empty() ? 0 : gateErrors[column];
        if (logits) {
          gate = 1 / (1 + std::exp(-gate));
          // The sigmoid's slope is 1/4 at most.
          error = error / 4 + gateRoundoff * gate + f32Smallest;
        }
        RowView terms = getRow(branch, token, head);
        row.addScaled(gate, error, terms);
        for (int64_t d = 0; d < width; ++d)
          most[d] += (std::fabs(gate) + error) * std::fabs(terms.value[d]);
      }
      for (int64_t d = 0; d < width; ++d)
        row.error[d] += getSumRoundoff(0) * row.magnitude[d] + f32Smallest +
                        boundPartialSums(op.getOut(), op.getBranches().size(),
                                         most[d] + row.error[d]);
      bindRow(op.getOut(), token, head, row, mayStayWide);
    }
  }
}

Error ErrorBounds::derive(attn::GroupOp op) {
  mlir::Block &body = op.getBody().front();
  if (Error error = derive(body))
    return error;
  for (auto [output, value] :
       llvm::zip_equal(op.getOutputs(), body.getTerminator()->getOperands()))
    if (const ErrorBound *bound = lookup(value)) {
      ErrorBound copy = *bound;
      bounds[output] = std::move(copy);
    }
  return Error::success();
}

Error ErrorBounds::derive(Operation *op) {
  if (auto model = mlir::dyn_cast<NumericsOpInterface>(op))
    return model.deriveBounds(*this);
  if (auto group = mlir::dyn_cast<attn::GroupOp>(op))
    return derive(group);
  if (mlir::isa<attn::YieldOp, attn::BatchOp, attn::GatherPagesOp,
                mlir::func::ReturnOp>(op))
    return Error::success();
  return llvm::createStringError(op->getName().getStringRef() +
                                 ": expected bounds of its errors, got none: see "
                                 "docs/adding-an-operation.md");
}

Error ErrorBounds::derive(mlir::Block &block) {
  for (Operation &op : block)
    if (Error error = derive(&op))
      return error;
  return Error::success();
}
