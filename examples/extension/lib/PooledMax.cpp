//===- PooledMax.cpp - a ranker: the best pool of a block ------------------===//
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

LogicalResult PooledMaxAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                    int64_t pool) {
  if (pool < 1)
    return emitError() << "expected pool to be at least 1, got " << pool;
  return success();
}

SmallVector<RankerArgument>
PooledMaxAttr::getArguments(const RankerShape &shape) const {
  SmallVector<RankerArgument> arguments = getIndexArguments(shape); // q and k
  arguments.push_back(
      {"mix", RankedTensorType::get({shape.keyHeads, getPool()}, shape.elementType)});
  return arguments;
}

LogicalResult PooledMaxAttr::verifyBlocks(function_ref<InFlightDiagnostic()> emitError,
                                          const RankerShape &, int64_t block) const {
  if (block % getPool() != 0)
    return emitError() << "expected pool to divide the selection block, got pool = "
                       << getPool() << " and block = " << block;
  return success();
}

Value PooledMaxAttr::emitScores(ImplicitLocOpBuilder &b,
                                const RankerRequest &request) const {
  Value queries = request.arguments[0], keys = request.arguments[1],
        mix = request.arguments[2];
  auto pools = CompressedAttr::get(getContext(), getPool(), getPool());
  Value sums = CompressOp::create(
      b, keys.getType(), keys, request.cuSeqlens, /*params=*/ValueRange(mix),
      /*positions=*/Value(), pools, PhiAttr::get(getContext(), PhiKind::Weighted));
  auto scores = RankedTensorType::get(
      {ShapedType::kDynamic, request.shape.kvHeads, ShapedType::kDynamic},
      b.getF32Type());
  return IndexBlocksOp::create(b, scores, queries, sums, request.cuSeqlens,
                               /*weights=*/Value(), pools,
                               SelectedAttr::get(getContext(), request.block),
                               /*activation=*/IndexActivationAttr());
}
