//===- BrokenIndex.cpp - rankers that are wrong in one way ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Shows what the tools say of rankers whose answers are of no use.
//
//===----------------------------------------------------------------------===//

#include "Broken.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace fovea::attn;
using namespace fovea::test;

SmallVector<RankerArgument>
BrokenIndexAttr::getArguments(const RankerShape &shape) const {
  SmallVector<RankerArgument> arguments = getIndexArguments(shape);
  auto add = [&](const char *name, ArrayRef<int64_t> sizes, Type element) {
    arguments.push_back({name, RankedTensorType::get(sizes, element)});
  };
  Type f32 = Float32Type::get(getContext());
  if (getFault() == "null_type")
    arguments.push_back({"x", RankedTensorType()});
  if (getFault() == "no_name")
    add("", {4}, f32);
  if (getFault() == "no_word")
    add("a b", {4}, f32);
  if (getFault() == "two_names")
    add("q", {4}, f32);
  if (getFault() == "f64")
    add("x", {4}, Float64Type::get(getContext()));
  if (getFault() == "dynamic")
    add("x", {4, ShapedType::kDynamic}, f32);
  return arguments;
}

LogicalResult
BrokenIndexAttr::verifyBlocks(function_ref<InFlightDiagnostic()> emitError,
                              const RankerShape &, int64_t) const {
  if (getFault() == "says_and_succeeds")
    emitError() << "expected this to be refused";
  return success(getFault() != "fails_silently");
}

Value BrokenIndexAttr::emitScores(ImplicitLocOpBuilder &b,
                                  const RankerRequest &request) const {
  if (getFault() == "null_scores")
    return {};
  Value queries = request.arguments[0], keys = request.arguments[1];
  if (getFault() == "queries_as_scores")
    return queries;
  int64_t kvHeads = request.shape.kvHeads * (getFault() == "heads" ? 2 : 1);
  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, kvHeads, ShapedType::kDynamic}, b.getF32Type());
  if (getFault() == "calls")
    return func::CallOp::create(b, "rank", type, ValueRange{queries, keys})
        .getResult(0);
  if (getFault() == "elementwise")
    queries = arith::NegFOp::create(b, queries);
  return IndexBlocksOp::create(b, type, queries, keys, request.cuSeqlens,
                               /*weights=*/Value(), CausalAttr::get(getContext()),
                               SelectedAttr::get(getContext(), request.block),
                               /*activation=*/IndexActivationAttr());
}
