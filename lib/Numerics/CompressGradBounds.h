//===- CompressGradBounds.h - bounds of phi's gradients ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_NUMERICS_COMPRESSGRADBOUNDS_H
#define FOVEA_LIB_NUMERICS_COMPRESSGRADBOUNDS_H

#include "GradModels.h"
#include "fovea/Reference/CompressGrad.h"

#include <cmath>

namespace fovea {

/// Calls `visit(firstToken, row)` for each window of each sequence.
template <typename OpT>
void forWindows(OpT op, const ErrorBounds &bounds,
                llvm::function_ref<void(int64_t, int64_t)> visit) {
  reference::Sequences sequences = bounds.getSequences(op.getCuSeqlens());
  int64_t block = op.getWindows().getBlock(), stride = op.getWindows().getStride();
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t token = sequences.begin(b), row = sequences.beginWindow(b, stride);
    int64_t windows = reference::numWindows(sequences.length(b), block, stride);
    for (int64_t i = 0; i < windows; ++i)
      visit(token + i * stride, row + i);
  }
}

/// Whether rows of windows are multiplied with matrices.
template <typename OpT> bool hasMatrices(OpT op) {
  attn::PhiKind kind = op.getPhi().getKind();
  return kind == attn::PhiKind::Linear || kind == attn::PhiKind::Mlp;
}

/// Row r of a window, with its position.
template <typename OpT>
BoundedRow boundRow(OpT op, const ErrorBounds &bounds, int64_t token, int64_t g,
                    int64_t r) {
  RowView x = bounds.getRow(op.getInput(), token, g);
  BoundedRow y(x.value.size());
  y.addScaled(1, 0, x);
  if (!op.getPositions())
    return y;
  y.addScaled(1, 0, bounds.getRow(op.getPositions(), g, r));
  // Matrices take it rounded as an operand.
  double roundoff =
      f32Roundoff + (hasMatrices(op) ? bounds.getOperandRoundoff(op.getInput()) : 0);
  for (size_t d = 0; d < y.value.size(); ++d)
    y.error[d] += roundoff * std::fabs(y.value[d]);
  return y;
}

} // namespace fovea

#endif // FOVEA_LIB_NUMERICS_COMPRESSGRADBOUNDS_H
