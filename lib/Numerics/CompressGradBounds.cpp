//===- CompressGradBounds.cpp - how exact a compression's gradients can be ===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GradModels.h"

#include "fovea/Reference/Compress.h"

#include <cmath>

using namespace fovea;
using llvm::Error;
using reference::Array;
using reference::Sequences;

/// Calls `visit(firstToken, row)` for each window of each sequence.
template <typename OpT>
static void forWindows(OpT op, const ErrorBounds &bounds,
                       llvm::function_ref<void(int64_t, int64_t)> visit) {
  Sequences sequences{reference::toIndices(bounds.get(op.getCuSeqlens())).data};
  int64_t block = op.getWindows().getBlock(), stride = op.getWindows().getStride();
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t token = sequences.begin(b), row = sequences.beginWindow(b, stride);
    int64_t windows = reference::numWindows(sequences.length(b), block, stride);
    for (int64_t i = 0; i < windows; ++i)
      visit(token + i * stride, row + i);
  }
}

/// What phi multiplies row r of a window of KV head g by, for every element alike.
template <typename OpT>
static double getWeight(OpT op, const ErrorBounds &bounds, int64_t g, int64_t r) {
  if (op.getPhi().getKind() == attn::PhiKind::Mean)
    return 1.0 / op.getWindows().getBlock();
  return bounds.get(op.getParams()[0]).at(g, r);
}

/// Adds `(dphi/dy_r)^T d` of KV head g.
template <typename OpT>
static void addRowGradient(OpT op, const ErrorBounds &bounds, RowView d, int64_t g,
                           int64_t r, BoundedRow &sum) {
  if (op.getPhi().getKind() != attn::PhiKind::Linear)
    return sum.addScaled(getWeight(op, bounds, g, r), 0, d);
  const Array &matrices = bounds.get(op.getParams()[0]);
  for (size_t i = 0; i < sum.value.size(); ++i) {
    llvm::ArrayRef<double> row = matrices.slice(g, r, i);
    sum.value[i] += reference::dot(row, d.value);
    sum.magnitude[i] += getMagnitude(row, d.magnitude.empty() ? d.value : d.magnitude);
    for (size_t k = 0; k < row.size() && !d.error.empty(); ++k)
      sum.error[i] += std::fabs(row[k]) * d.error[k];
  }
}

Error fovea::deriveBounds(attn::CompressGradInputOp op, ErrorBounds &bounds) {
  if (Error error = verifyExact(bounds, op.getParams()))
    return error;
  const Array &input = bounds.get(op.getInput());
  int64_t heads = input.dim(1), block = op.getWindows().getBlock();
  std::vector<std::optional<BoundedRow>> rows(input.dim(0) * heads);
  forWindows(op, bounds, [&](int64_t firstToken, int64_t window) {
    for (int64_t g = 0; g < heads; ++g)
      for (int64_t r = 0; r < block; ++r) {
        std::optional<BoundedRow> &row = rows[(firstToken + r) * heads + g];
        if (!row)
          row.emplace(input.dim(2));
        addRowGradient(op, bounds, bounds.getRow(op.getDout(), window, g), g, r, *row);
      }
  });
  bounds.start(op.getDinput());
  int64_t terms = block / op.getWindows().getStride();
  bool isLinear = op.getPhi().getKind() == attn::PhiKind::Linear;
  double roundoff = getSumRoundoff(isLinear ? terms * input.dim(2) : terms);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i])
      continue; // exactly 0
    BoundedRow &row = *rows[i];
    for (size_t d = 0; d < row.error.size(); ++d)
      row.error[d] += roundoff * row.magnitude[d] + f32Smallest;
    bounds.bind(op.getDinput(), {int64_t(i) / heads, int64_t(i) % heads}, row);
  }
  return Error::success();
}

/// Of the positions of each row of a window, whose gradient is a weight times the sum
/// of the windows' rows of dout.
static void boundPositions(attn::CompressGradParamsOp op, ErrorBounds &bounds) {
  const Array &input = bounds.get(op.getInput());
  bool isLinear = op.getPhi().getKind() == attn::PhiKind::Linear;
  for (int64_t g = 0; g < input.dim(1); ++g) {
    BoundedRow sum(input.dim(2));
    int64_t windows = 0;
    forWindows(op, bounds, [&](int64_t, int64_t window) {
      sum.addScaled(1, 0, bounds.getRow(op.getDout(), window, g));
      ++windows;
    });
    for (size_t d = 0; d < sum.error.size(); ++d)
      sum.error[d] += getSumRoundoff(windows) * sum.magnitude[d];
    for (int64_t r = 0; windows && r < int64_t(op.getWindows().getBlock()); ++r) {
      BoundedRow scaled(input.dim(2));
      addRowGradient(op, bounds, sum, g, r, scaled);
      double rounded = getSumRoundoff(isLinear ? input.dim(2) : 1);
      for (size_t d = 0; d < scaled.error.size(); ++d)
        scaled.error[d] += rounded * scaled.magnitude[d] + f32Smallest;
      bounds.bind(op.getGrads().back(), {g, r}, scaled);
    }
  }
}

/// Row r of a window, with its position.
static BoundedRow boundRow(attn::CompressGradParamsOp op, const ErrorBounds &bounds,
                           int64_t token, int64_t g, int64_t r) {
  RowView x = bounds.getRow(op.getInput(), token, g);
  BoundedRow y(x.value.size());
  y.addScaled(1, 0, x);
  if (!op.getPositions())
    return y;
  y.addScaled(1, 0, bounds.getRow(op.getPositions(), g, r));
  // Matrices take it rounded as an operand.
  bool isLinear = op.getPhi().getKind() == attn::PhiKind::Linear;
  double roundoff =
      f32Roundoff + (isLinear ? bounds.getOperandRoundoff(op.getDout()) : 0);
  for (size_t d = 0; d < y.value.size(); ++d)
    y.error[d] += roundoff * std::fabs(y.value[d]);
  return y;
}

/// The products of a row of all windows with their rows of dout.
static void boundWeight(attn::CompressGradParamsOp op, ErrorBounds &bounds, int64_t g,
                        int64_t r) {
  BoundedRow sum(1);
  int64_t windows = 0;
  forWindows(op, bounds, [&](int64_t firstToken, int64_t window) {
    BoundedRow y = boundRow(op, bounds, firstToken + r, g, r);
    RowView d = bounds.getRow(op.getDout(), window, g);
    BoundedScore product =
        getBoundedScore(y.value, y.error, d.value, d.error, /*scale=*/1);
    sum.value[0] += product.score;
    sum.error[0] += product.error;
    sum.magnitude[0] += getMagnitude(y.value, d.value);
    ++windows;
  });
  if (!windows)
    return; // exactly 0
  sum.error[0] += getSumRoundoff(windows) * sum.magnitude[0] + f32Smallest;
  bounds.bind(op.getGrads().front(), {g, r}, sum);
}

/// Of the outer products of a row of all windows with their rows of dout.
static void boundMatrix(attn::CompressGradParamsOp op, ErrorBounds &bounds, int64_t g,
                        int64_t r) {
  int64_t dim = bounds.get(op.getInput()).dim(2), windows = 0;
  std::vector<BoundedRow> rows(dim, BoundedRow(dim));
  forWindows(op, bounds, [&](int64_t firstToken, int64_t window) {
    BoundedRow y = boundRow(op, bounds, firstToken + r, g, r);
    RowView d = bounds.getRow(op.getDout(), window, g);
    for (int64_t i = 0; i < dim; ++i)
      rows[i].addScaled(y.value[i], y.error[i], d);
    ++windows;
  });
  for (int64_t i = 0; windows && i < dim; ++i) {
    for (int64_t k = 0; k < dim; ++k)
      rows[i].error[k] += getSumRoundoff(windows) * rows[i].magnitude[k] + f32Smallest;
    bounds.bind(op.getGrads().front(), {g, r, i}, rows[i]);
  }
}

Error fovea::deriveBounds(attn::CompressGradParamsOp op, ErrorBounds &bounds) {
  if (Error error = verifyExact(bounds, op.getParams()))
    return error;
  for (mlir::Value gradient : op.getGrads())
    bounds.start(gradient);
  if (op.getPositions())
    boundPositions(op, bounds);
  attn::PhiKind kind = op.getPhi().getKind();
  for (int64_t g = 0; g < bounds.get(op.getInput()).dim(1); ++g)
    for (int64_t r = 0; r < int64_t(op.getWindows().getBlock()); ++r) {
      if (kind == attn::PhiKind::Weighted)
        boundWeight(op, bounds, g, r);
      if (kind == attn::PhiKind::Linear)
        boundMatrix(op, bounds, g, r);
    }
  return Error::success();
}
