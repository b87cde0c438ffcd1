//===- Rankers.cpp - the built-in rankers ---------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Each ranker names its arguments and writes its operations. Ranker.h has the picture.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace fovea::attn;

#include "fovea/Dialect/Attn/IR/RankerInterface.cpp.inc"

SmallVector<RankerArgument> fovea::attn::getIndexArguments(const RankerShape &shape) {
  auto packed = [&](int64_t heads) {
    return RankedTensorType::get({ShapedType::kDynamic, heads, shape.dim},
                                 shape.elementType);
  };
  return {{"q", packed(shape.heads)}, {"k", packed(shape.keyHeads), /*ofKeys=*/true}};
}

/// Scores of `request`'s blocks from `keys`, which `keySet` says the places of.
static Value createIndexBlocks(ImplicitLocOpBuilder &b, const RankerRequest &request,
                               Value keys, KeySetInterface keySet, Value weights,
                               IndexActivationAttr activation) {
  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, request.shape.kvHeads, ShapedType::kDynamic},
      b.getF32Type());
  return IndexBlocksOp::create(
      b, type, request.arguments[0], keys, request.cuSeqlens, weights, keySet,
      SelectedAttr::get(b.getContext(), request.block), activation);
}

//===----------------------------------------------------------------------===//
// max_index: max over visible u of sum_h iq[t,h] . ik[u]
//===----------------------------------------------------------------------===//

SmallVector<RankerArgument> MaxIndexAttr::getArguments(const RankerShape &shape) const {
  return getIndexArguments(shape);
}

Value MaxIndexAttr::emitScores(ImplicitLocOpBuilder &b,
                               const RankerRequest &request) const {
  return createIndexBlocks(b, request, request.arguments[1],
                           CausalAttr::get(b.getContext()), /*weights=*/{},
                           /*activation=*/{});
}

//===----------------------------------------------------------------------===//
// relu_index: max over visible pools i of sum_h w[t,h] max(0, iq[t,h] . pk[i])
//===----------------------------------------------------------------------===//

LogicalResult ReluIndexAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                    int64_t pool) {
  constexpr int64_t kMostPool = int64_t(1) << 20;
  if (pool < 1 || pool > kMostPool) // relu_index_c1
    return emitError() << "expected pool to be 1 to " << kMostPool << ", got " << pool;
  return success();
}

SmallVector<RankerArgument>
ReluIndexAttr::getArguments(const RankerShape &shape) const {
  SmallVector<RankerArgument> arguments = getIndexArguments(shape);
  arguments.push_back({"w", RankedTensorType::get({ShapedType::kDynamic, shape.heads},
                                                  Float32Type::get(getContext()))});
  return arguments;
}

LogicalResult ReluIndexAttr::verifyBlocks(function_ref<InFlightDiagnostic()> emitError,
                                          const RankerShape &, int64_t block) const {
  if (block % getPool() != 0)
    return emitError() << "expected pool to divide the selection block, got pool = "
                       << getPool() << " and block = " << block;
  return success();
}

Value ReluIndexAttr::emitScores(ImplicitLocOpBuilder &b,
                                const RankerRequest &request) const {
  Value keys = request.arguments[1];
  KeySetInterface keySet = CausalAttr::get(getContext());
  if (getPool() > 1) {
    auto pools = CompressedAttr::get(getContext(), getPool(), getPool());
    keys = CompressOp::create(b, keys.getType(), keys, request.cuSeqlens,
                              /*params=*/ValueRange(), /*positions=*/Value(), pools,
                              PhiAttr::get(getContext(), PhiKind::Mean));
    keySet = pools;
  }
  return createIndexBlocks(
      b, request, keys, keySet, request.arguments[2],
      IndexActivationAttr::get(getContext(), IndexActivation::Relu));
}
