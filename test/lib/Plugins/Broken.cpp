//===- Broken.cpp - key sets that are wrong in one way --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Shows that attn-check-key-sets finds each kind of fault, and what the tools say of
// answers that are of no use.
//
//===----------------------------------------------------------------------===//

#include "Broken.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Config/llvm-config.h"

#include <limits>

using namespace mlir;
using namespace fovea::attn;
using namespace fovea::test;

#include "BrokenDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "BrokenAttrs.cpp.inc"

void TestBrokenDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "BrokenAttrs.cpp.inc"
      >();
}

LogicalResult BrokenSilentAttr::verify(function_ref<InFlightDiagnostic()>, int64_t) {
  return failure();
}

bool BrokenCausalAttr::contains(int64_t length, int64_t t, int64_t u,
                                ArrayRef<int32_t> indices) const {
  return u <= t;
}

int64_t BrokenCausalAttr::getNumKeys(int64_t length) const {
  return length + (getFault() == "too_many_keys");
}

int64_t BrokenCausalAttr::getKeyStride() const {
  return getFault() == "stride" ? 0 : getFault() == "long_stride" ? 2 : 1;
}

bool BrokenCausalAttr::needsIndices() const { return getFault() == "no_index_block"; }

int64_t BrokenCausalAttr::getIndexBlock() const {
  return getFault() == "index_block" ? -1 : 0;
}

double BrokenCausalAttr::getCost(int64_t length, int64_t count) const {
  if (getFault() == "cost_nan")
    return std::numeric_limits<double>::quiet_NaN();
  if (getFault() == "cost_infinite")
    return std::numeric_limits<double>::infinity();
  if (getFault() == "cost_negative")
    return -1;
  return length * (length + 1) / 2 + (getFault() == "cost" && length > 40);
}

Value BrokenCausalAttr::emitNumKeys(fovea::IntegerBuilder &b, Value length) const {
  if (getFault() == "null_num_keys")
    return {};
  if (getFault() == "too_many_keys")
    return b.add(length, 1);
  return getFault() == "num_keys" ? b.max(length, 1) : length;
}

VisitBounds BrokenCausalAttr::emitVisits(fovea::IntegerBuilder &b,
                                         const VisitRequest &request) const {
  Value zero = b.index(0);
  Value end = b.add(b.div(request.lastQuery, request.keyBlock), 1);
  Value fullEnd = b.div(b.add(request.firstQuery, 1), request.keyBlock);
  if (getFault() == "visits")
    end = b.div(request.lastQuery, request.keyBlock);
  if (getFault() == "beyond")
    end = b.add(end, 1);
  if (getFault() == "full")
    fullEnd = b.min(b.add(fullEnd, 1), end);
  if (getFault() == "unfolded")
    end = arith::AddIOp::create(b, end, zero);
  if (getFault() == "block_48" && request.keyBlock == 48)
    end = zero;
  if (getFault() == "long") {
    Value isLong = b.less(b.index(1000), request.length);
    end = b.createOrFold<arith::SelectOp>(isLong, zero, end);
  }
  if (getFault() == "null_end")
    end = {};
  if (getFault() == "visits_of_i32")
    return {zero, end, arith::ConstantIntOp::create(b, 0, 32), fullEnd};
  if (getFault() == "full_outside") {
    Value fullBegin = b.add(end, 1);
    return {zero, end, fullBegin, b.add(end, 3)};
  }
  return {zero, end, zero, fullEnd};
}

Value BrokenCausalAttr::emitMask(fovea::IntegerBuilder &b, Value query, Value key,
                                 Value length) const {
  if (getFault() == "null_mask")
    return {};
  if (getFault() == "mask_of_i32")
    return query;
  if (getFault() == "mask")
    return b.less(key, query);
  if (getFault() == "near_mask") { // right wherever a tile of queries visits
    Value isFar = b.less(b.add(query, 512), key);
    return b.either(b.lessEqual(key, query), isFar);
  }
  if (getFault() == "scalar" && !isa<ShapedType>(query.getType()))
    return b.less(key, query);
  if (getFault() == "far") { // overflows from 2^30 on
    Value farQuery = b.mul(query, 2);
    return b.lessEqual(b.mul(key, 2), farQuery);
  }
  return b.lessEqual(key, query);
}

QueryBounds BrokenCausalAttr::emitTranspose(fovea::IntegerBuilder &b,
                                            const TransposeRequest &request) const {
  Value first = b.mul(request.block, request.keyBlock);
  if (getFault() == "null_transpose")
    return {};
  if (getFault() == "transpose")
    first = b.add(first, 1);
  Value last = b.add(b.mul(request.block, request.keyBlock), request.keyBlock - 1);
  Value fullBegin = last, fullEnd = request.length;
  if (getFault() == "null_full_queries")
    fullEnd = {};
  if (getFault() == "negative_queries")
    first = b.sub(first, request.length);
  if (getFault() == "full_queries")
    fullBegin = b.max(b.add(last, -1), first);
  if (getFault() == "full_queries_outside")
    fullEnd = b.add(request.length, request.keyBlock);
  return {first, request.length, fullBegin, fullEnd};
}

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "FoveaTestBroken", LLVM_VERSION_STRING,
          [](DialectRegistry *registry) { registry->insert<TestBrokenDialect>(); }};
}
