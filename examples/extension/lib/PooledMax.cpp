//===- PooledMax.cpp - a ranker: the best mean of a block ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// All that a new ranker takes: its arguments, and operations that compute scores from
// them.
//
//===----------------------------------------------------------------------===//

#include "Example.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea::attn;
using namespace example;

SmallVector<RankerArgument>
PooledMaxAttr::getArguments(const RankerShape &shape) const {
  return getIndexArguments(shape);
}

LogicalResult PooledMaxAttr::verifyBlocks(function_ref<InFlightDiagnostic()> emitError,
                                          const RankerShape &, int64_t block) const {
  if (getPool() < 1 || block % getPool() != 0)
    return emitError() << "expected pool to divide the selection block, got pool = "
                       << getPool() << " and block = " << block;
  return success();
}

Value PooledMaxAttr::emitScores(ImplicitLocOpBuilder &b,
                                const RankerRequest &request) const {
  Value queries = request.arguments[0], keys = request.arguments[1];
  auto pools = CompressedAttr::get(getContext(), getPool(), getPool());
  Value means = CompressOp::create(b, keys.getType(), keys, request.cuSeqlens,
                                   /*params=*/ValueRange(), /*positions=*/Value(),
                                   pools, PhiAttr::get(getContext(), PhiKind::Mean));
  auto scores = RankedTensorType::get(
      {ShapedType::kDynamic, request.shape.kvHeads, ShapedType::kDynamic},
      b.getF32Type());
  return IndexBlocksOp::create(b, scores, queries, means, request.cuSeqlens,
                               /*weights=*/Value(), pools,
                               SelectedAttr::get(getContext(), request.block),
                               /*activation=*/IndexActivationAttr());
}
