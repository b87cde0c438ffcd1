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
        row->addScaled(getWeight(op, bounds, g, r), 0,
                       bounds.getRow(op.getDout(), window, g));
      }
  });
  bounds.start(op.getDinput());
  double roundoff = getSumRoundoff(block / op.getWindows().getStride());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i])
      continue; // exactly 0
    BoundedRow &row = *rows[i];
    for (size_t d = 0; d < row.error.size(); ++d)
      row.error[d] += roundoff * row.magnitude[d] + f32Smallest;
    bounds.bindRow(op.getDinput(), i / heads, i % heads, row, /*mayStayWide=*/false);
  }
  return Error::success();
}
