//===- Broken.cpp - a key set that is wrong in one way --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Shows that attn-check-key-sets finds each kind of fault.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Dialect/Attn/IR/KeySetBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Config/llvm-config.h"

#include "BrokenDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "BrokenAttrs.h.inc"

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

bool BrokenCausalAttr::contains(int64_t length, int64_t t, int64_t u,
                                ArrayRef<int32_t> indices) const {
  return u <= t;
}

double BrokenCausalAttr::getCost(int64_t length, int64_t count) const {
  return length * (length + 1) / 2 + (getFault() == "cost" && length > 40);
}

Value BrokenCausalAttr::emitNumKeys(ImplicitLocOpBuilder &builder, Value length) const {
  KeySetBuilder b(builder);
  return getFault() == "num_keys" ? b.max(length, 1) : length;
}

VisitBounds BrokenCausalAttr::emitVisits(ImplicitLocOpBuilder &builder,
                                         const VisitRequest &request) const {
  KeySetBuilder b(builder);
  Value zero = b.constant(0);
  Value end = b.add(b.div(request.lastQuery, request.keyBlock), 1);
  Value fullEnd = b.div(b.add(request.firstQuery, 1), request.keyBlock);
  if (getFault() == "visits")
    end = b.div(request.lastQuery, request.keyBlock);
  if (getFault() == "beyond")
    end = b.add(end, 1);
  if (getFault() == "full")
    fullEnd = b.add(fullEnd, 1);
  if (getFault() == "unfolded")
    end = arith::AddIOp::create(builder, builder.getLoc(), end, zero);
  return {zero, end, zero, fullEnd};
}

Value BrokenCausalAttr::emitMask(ImplicitLocOpBuilder &builder, Value query, Value key,
                                 Value length) const {
  KeySetBuilder b(builder);
  if (getFault() == "mask")
    return b.less(key, query);
  if (getFault() == "scalar" && !isa<ShapedType>(query.getType()))
    return b.less(key, query);
  if (getFault() == "far") { // overflows from 2^30 on
    Value farQuery = b.mul(query, 2);
    return b.lessEqual(b.mul(key, 2), farQuery);
  }
  return b.lessEqual(key, query);
}

QueryBounds BrokenCausalAttr::emitTranspose(ImplicitLocOpBuilder &builder,
                                            const TransposeRequest &request) const {
  KeySetBuilder b(builder);
  Value first = b.mul(request.block, request.keyBlock);
  if (getFault() == "transpose")
    first = b.add(first, 1);
  return {first, request.length};
}

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "FoveaTestBroken", LLVM_VERSION_STRING,
          [](DialectRegistry *registry) { registry->insert<TestBrokenDialect>(); }};
}
