//===- Pages.cpp - keys and values that lie in pages ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea::attn;

/// Rows of a page at most: a copy has as many.
static constexpr int64_t kMostSlots = 256;
/// Elements of 16 bits that a copy's columns begin at a multiple of.
static constexpr int64_t kColumnStep = 8;

int64_t GatherPagesOp::getSlots() {
  return tensorType(getCache()).getDimSize(getHeadsFirst() ? 2 : 1);
}

int64_t GatherPagesOp::getHeads() {
  return tensorType(getCache()).getDimSize(getHeadsFirst() ? 1 : 2);
}

GatherPagesOp GatherPagesOp::findReadBy(Operation *root) {
  GatherPagesOp found;
  root->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (auto pages = operand.getDefiningOp<GatherPagesOp>())
        if (!found || pages.getSlots() < found.getSlots())
          found = pages;
  });
  return found;
}

LogicalResult GatherPagesOp::verify() {
  RankedTensorType cache = tensorType(getCache()), out = tensorType(getOut());
  if (ShapedType::isDynamicShape(cache.getShape().drop_front()) ||
      !llvm::isPowerOf2_64(getSlots()) || getSlots() > kMostSlots) // gather_pages_c1
    return emitOpError() << "expected a cache of static slots, heads and columns, the "
                            "slots a power of 2 from 1 to "
                         << kMostSlots << ", got " << cache;
  if (headsOf(getOut()) != getHeads() || // gather_pages_c2
      out.getElementType() != cache.getElementType())
    return emitOpError() << "expected cache and out to agree in heads and element "
                            "type, got "
                         << cache << " and " << out;
  int64_t first = getColumns(), columns = dimOf(getOut()), all = cache.getDimSize(3);
  if (ShapedType::isDynamic(columns) || columns < 1 || first < 0 ||
      first % kColumnStep != 0 || columns > all - first) // gather_pages_c3
    return emitOpError() << "expected columns of the cache's " << all
                         << " from a multiple of " << kColumnStep << " on, got "
                         << columns << " from " << first << " on";
  int64_t entries = tensorType(getTable()).getDimSize(0), rows = out.getDimSize(0);
  if (!ShapedType::isDynamic(entries) && !ShapedType::isDynamic(rows) &&
      rows != entries * getSlots()) // gather_pages_c4
    return emitOpError() << "expected " << entries * getSlots() << " rows of "
                         << entries << " pages, got " << rows;
  return success();
}
