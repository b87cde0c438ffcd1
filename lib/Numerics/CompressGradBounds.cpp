//===- CompressGradBounds.cpp - how exact a compression's gradients can be ===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CompressGradBounds.h"

using namespace fovea;
using llvm::Error;
using reference::Array;

/// What phi multiplies row r of a window of KV head g by, for every element alike.
template <typename OpT>
static double getWeight(OpT op, const ErrorBounds &bounds, int64_t g, int64_t r) {
  if (op.getPhi().getKind() == attn::PhiKind::Mean)
    return 1.0 / op.getWindows().getBlock();
  return bounds.get(op.getParams()[0]).at(g, r);
}

/// What rows of windows are multiplied with in the gradient: dout, or that of a hidden
/// layer.
template <typename OpT> static mlir::Value getWindowRows(OpT op) {
  return op.getPhi().getKind() == attn::PhiKind::Mlp ? op.getHidden()[1] : op.getDout();
}

/// Row i of the matrix of row r of a window.
template <typename OpT>
static llvm::ArrayRef<double> getMatrixRow(OpT op, const ErrorBounds &bounds, int64_t g,
                                           int64_t r, int64_t i) {
  const Array &matrices = bounds.get(op.getParams()[0]);
  if (op.getPhi().getKind() == attn::PhiKind::Linear)
    return matrices.slice(g, r, i);
  return matrices.slice(g, r * bounds.get(op.getInput()).dim(2) + i);
}

/// A number of a window's hidden layer, and how far it may be off.
static BoundedScore getNumber(const ErrorBounds &bounds, mlir::Value hidden,
                              int64_t window, int64_t g, int64_t r) {
  RowView row = bounds.getRow(hidden, window, g);
  return {row.value[r], row.error.empty() ? 0 : row.error[r]};
}

/// Adds what row r of a window gets of it: `(dphi/dy_r)^T d` of KV head g.
template <typename OpT>
static void addRowGradient(OpT op, const ErrorBounds &bounds, int64_t window, int64_t g,
                           int64_t r, BoundedRow &sum) {
  RowView d = bounds.getRow(getWindowRows(op), window, g);
  if (op.getPhi().getKind() == attn::PhiKind::Gated) {
    auto [gate, gateError] = getNumber(bounds, op.getHidden()[0], window, g, r);
    auto [dlogit, dlogitError] = getNumber(bounds, op.getHidden()[1], window, g, r);
    sum.addScaled(gate, gateError, d);
    return sum.addScaled(dlogit, dlogitError,
                         {bounds.get(op.getParams()[0]).slice(g), {}, {}});
  }
  if (!hasMatrices(op))
    return sum.addScaled(getWeight(op, bounds, g, r), 0, d);
  for (size_t i = 0; i < sum.value.size(); ++i) {
    llvm::ArrayRef<double> row = getMatrixRow(op, bounds, g, r, i);
    sum.value[i] += reference::dot(row, d.value);
    sum.magnitude[i] += getMagnitude(row, d.value);
    for (size_t k = 0; k < row.size() && !d.error.empty(); ++k)
      sum.error[i] += std::fabs(row[k]) * d.error[k];
  }
}

/// Of how many terms that is, for each window.
template <typename OpT> static int64_t countTerms(OpT op, const ErrorBounds &bounds) {
  if (hasMatrices(op))
    return bounds.get(getWindowRows(op)).dim(2);
  return op.getPhi().getKind() == attn::PhiKind::Gated ? 2 : 1;
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
        addRowGradient(op, bounds, window, g, r, *row);
      }
  });
  bounds.start(op.getDinput());
  int64_t terms = block / op.getWindows().getStride();
  double roundoff = getSumRoundoff(terms * countTerms(op, bounds));
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

/// The sum of the windows' rows of KV head g of `rows`, and how many they are.
static std::pair<BoundedRow, int64_t> sumWindowRows(attn::CompressGradParamsOp op,
                                                    const ErrorBounds &bounds,
                                                    mlir::Value rows, int64_t g) {
  BoundedRow sum(bounds.get(rows).dim(2));
  int64_t windows = 0;
  forWindows(op, bounds, [&](int64_t, int64_t window) {
    sum.addScaled(1, 0, bounds.getRow(rows, window, g));
    ++windows;
  });
  for (size_t d = 0; d < sum.error.size(); ++d)
    sum.error[d] += getSumRoundoff(windows) * sum.magnitude[d] + f32Smallest;
  return {sum, windows};
}

/// Of the positions of each row of a window, which get what the row does.
static void boundPositions(attn::CompressGradParamsOp op, ErrorBounds &bounds,
                           int64_t g, int64_t r) {
  BoundedRow sum(bounds.get(op.getInput()).dim(2));
  int64_t windows = 0;
  forWindows(op, bounds, [&](int64_t, int64_t window) {
    addRowGradient(op, bounds, window, g, r, sum);
    ++windows;
  });
  if (!windows)
    return; // exactly 0
  // The sum over windows and what it is multiplied with are each a sum.
  double roundoff = getSumRoundoff(windows) + getSumRoundoff(countTerms(op, bounds));
  for (size_t d = 0; d < sum.error.size(); ++d)
    sum.error[d] += roundoff * sum.magnitude[d] + f32Smallest;
  bounds.bind(op.getGrads().back(), {g, r}, sum);
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

/// The sum over all windows of the outer products of rows: `left` gives that of a
/// window by its first token and its number, `right` has one for each. Binds row i
/// where `at` says.
static void boundOuter(attn::CompressGradParamsOp op, ErrorBounds &bounds, int64_t g,
                       llvm::function_ref<BoundedRow(int64_t, int64_t)> left,
                       mlir::Value right, mlir::Value gradient,
                       llvm::function_ref<llvm::SmallVector<int64_t>(int64_t)> at) {
  std::vector<BoundedRow> rows;
  int64_t windows = 0, columns = bounds.get(right).dim(2);
  forWindows(op, bounds, [&](int64_t firstToken, int64_t window) {
    BoundedRow x = left(firstToken, window);
    rows.resize(x.value.size(), BoundedRow(columns));
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i].addScaled(x.value[i], x.error[i], bounds.getRow(right, window, g));
    ++windows;
  });
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int64_t k = 0; k < columns; ++k)
      rows[i].error[k] += getSumRoundoff(windows) * rows[i].magnitude[k] + f32Smallest;
    bounds.bind(gradient, at(i), rows[i]);
  }
}

/// Of the matrix that row r of a window is multiplied with.
static void boundMatrix(attn::CompressGradParamsOp op, ErrorBounds &bounds, int64_t g,
                        int64_t r) {
  int64_t dim = bounds.get(op.getInput()).dim(2);
  auto left = [&](int64_t firstToken, int64_t) {
    return boundRow(op, bounds, firstToken + r, g, r);
  };
  auto at = [&](int64_t i) {
    return op.getHidden().empty() ? llvm::SmallVector<int64_t>{g, r, i}
                                  : llvm::SmallVector<int64_t>{g, r * dim + i};
  };
  boundOuter(op, bounds, g, left, getWindowRows(op), op.getGrads().front(), at);
}

/// Of an mlp's second layer and biases.
static void boundSecondLayer(attn::CompressGradParamsOp op, ErrorBounds &bounds,
                             int64_t g) {
  auto left = [&](int64_t, int64_t window) {
    BoundedRow active(bounds.get(op.getHidden()[0]).dim(2));
    active.addScaled(1, 0, bounds.getRow(op.getHidden()[0], window, g));
    return active;
  };
  boundOuter(op, bounds, g, left, op.getDout(), op.getGrads()[2],
             [&](int64_t i) { return llvm::SmallVector<int64_t>{g, i}; });
  using Pair = std::pair<mlir::Value, mlir::Value>;
  for (auto [gradient, rows] : {Pair(op.getGrads()[1], op.getHidden()[1]),
                                Pair(op.getGrads()[3], op.getDout())}) {
    auto [sum, windows] = sumWindowRows(op, bounds, rows, g);
    if (windows)
      bounds.bind(gradient, {g}, sum);
  }
}

/// Of a gated phi's u, which gets rows by the gradients of their logits, and c, which
/// gets these.
static void boundLogits(attn::CompressGradParamsOp op, ErrorBounds &bounds, int64_t g) {
  int64_t block = op.getWindows().getBlock(), windows = 0;
  BoundedRow du(bounds.get(op.getInput()).dim(2)), dc(block);
  forWindows(op, bounds, [&](int64_t firstToken, int64_t window) {
    dc.addScaled(1, 0, bounds.getRow(op.getHidden()[1], window, g));
    for (int64_t r = 0; r < block; ++r) {
      auto [dlogit, error] = getNumber(bounds, op.getHidden()[1], window, g, r);
      du.addScaled(dlogit, error, boundRow(op, bounds, firstToken + r, g, r));
    }
    ++windows;
  });
  if (!windows)
    return; // exactly 0
  auto bind = [&](mlir::Value gradient, BoundedRow &sum, int64_t terms) {
    for (size_t i = 0; i < sum.error.size(); ++i)
      sum.error[i] += getSumRoundoff(terms) * sum.magnitude[i] + f32Smallest;
    bounds.bind(gradient, {g}, sum);
  };
  bind(op.getGrads()[0], du, windows * block);
  bind(op.getGrads()[1], dc, windows);
}

Error fovea::deriveBounds(attn::CompressGradParamsOp op, ErrorBounds &bounds) {
  if (Error error = verifyExact(bounds, op.getParams()))
    return error;
  for (mlir::Value gradient : op.getGrads())
    bounds.start(gradient);
  attn::PhiKind kind = op.getPhi().getKind();
  for (int64_t g = 0; g < bounds.get(op.getInput()).dim(1); ++g) {
    for (int64_t r = 0; r < int64_t(op.getWindows().getBlock()); ++r) {
      if (kind == attn::PhiKind::Weighted)
        boundWeight(op, bounds, g, r);
      if (hasMatrices(op))
        boundMatrix(op, bounds, g, r);
      if (op.getPositions())
        boundPositions(op, bounds, g, r);
    }
    if (kind == attn::PhiKind::Mlp)
      boundSecondLayer(op, bounds, g);
    if (kind == attn::PhiKind::Gated)
      boundLogits(op, bounds, g);
  }
  return Error::success();
}
