//===- Numerics.cpp - how far a mean over keys may be off -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KeyMean.h"
#include "fovea/Numerics/ErrorBounds.h"
#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Reference/Attend.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::test;

namespace {
template <typename OpT>
struct Numerics final : NumericsOpInterface::ExternalModel<Numerics<OpT>, OpT> {
  /// An f32 sum of n values, and a division.
  llvm::Error deriveBounds(Operation *operation, ErrorBounds &bounds) const {
    auto op = cast<OpT>(operation);
    const reference::Array &v = bounds.get(op.getV());
    reference::Sequences sequences{
        reference::toIndices(bounds.get(op.getCuSeqlens())).data};
    bounds.start(op.getOut());
    reference::ComputeOptions options;
    options.tokens = bounds.getTokens();
    reference::visitQueries(
        reference::makeKeySet(op.getKeys()), sequences, v.dim(1), /*indices=*/nullptr,
        options, [&](const reference::VisibleKeys &keys) {
          llvm::ArrayRef<int64_t> rows = keys.rows;
          BoundedRow sum(v.dim(2));
          for (int64_t row : rows)
            sum.addScaled(1.0 / rows.size(), f32Roundoff / rows.size(),
                          bounds.getRow(op.getV(), row, keys.kvHead));
          for (int64_t d = 0; d < v.dim(2); ++d)
            sum.error[d] +=
                getSumRoundoff(rows.size()) * sum.magnitude[d] + f32Smallest;
          bounds.bindRow(op.getOut(), keys.token, keys.kvHead, sum,
                         /*mayStayWide=*/true);
        });
    return llvm::Error::success();
  }
};

template <typename... OpTs> void attach(MLIRContext &context) {
  (OpTs::template attachInterface<Numerics<OpTs>>(context), ...);
}
} // namespace

void test::attachNumerics(MLIRContext &context) {
  attach<KeyMeanOp, NoLoweringOp, NoScheduleOp, NoWorkOp, NoReferenceOp, NoGradientOp>(
      context);
}
