//===- Reference.cpp - what a mean over keys is ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KeyMean.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/Evaluate.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::test;
using reference::Array;

namespace {
template <typename OpT>
struct Reference final
    : reference::EvaluateOpInterface::ExternalModel<Reference<OpT>, OpT> {
  llvm::Error evaluate(Operation *operation, reference::Evaluator &evaluator) const {
    auto op = cast<OpT>(operation);
    const Array &v = evaluator.get(op.getV());
    Array out(v.shape);
    reference::visitQueries(
        reference::makeKeySet(op.getKeys()), evaluator.getSequences(op.getCuSeqlens()),
        v.dim(1), /*indices=*/nullptr, evaluator.getComputeOptions(op.getOut()),
        [&](const reference::VisibleKeys &keys) {
          for (int64_t row : keys.rows)
            for (int64_t d = 0; d < v.dim(2); ++d)
              out.at(keys.token, keys.kvHead, d) +=
                  v.at(row, keys.kvHead, d) / keys.rows.size();
        });
    evaluator.define(op.getOut(), std::move(out));
    return llvm::Error::success();
  }
};

template <typename... OpTs> void attach(MLIRContext &context) {
  (OpTs::template attachInterface<Reference<OpTs>>(context), ...);
}
} // namespace

void test::attachReferences(MLIRContext &context) {
  attach<KeyMeanOp, NoLoweringOp, NoScheduleOp, NoWorkOp, NoNumericsOp, NoGradientOp>(
      context);
}
