//===- Sinks.cpp - the first keys and the last ones -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A set of two parts, with blocks that need no mask.
//
//===----------------------------------------------------------------------===//

#include "Example.h"
#include "mlir/IR/Diagnostics.h"

#include <algorithm>

using namespace mlir;
using namespace fovea::attn;
using namespace example;

LogicalResult SinksAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t sinks, int64_t window) {
  constexpr int64_t most = 1 << 20; // the mask's constants are i32, as positions are
  if (sinks < 1 || window < 1 || sinks > most || window > most)
    return emitError() << "expected sinks and window of 1 to " << most << ", got "
                       << sinks << " and " << window;
  return success();
}

bool SinksAttr::contains(int64_t length, int64_t t, int64_t u,
                         ArrayRef<int32_t> indices) const {
  return u <= t && (u < getSinks() || t - getWindow() < u);
}

double SinksAttr::getCost(int64_t length, int64_t count) const {
  int64_t most = getSinks() + getWindow();
  double pairs = 0;
  for (int64_t t = 0; t < length; ++t)
    pairs += std::min(most, t + 1);
  return pairs;
}

VisitBounds SinksAttr::emitVisits(fovea::IntegerBuilder &b,
                                  const VisitRequest &request) const {
  Value begin = b.index(0); // the sinks are in the first block
  Value end = b.add(b.div(request.lastQuery, request.keyBlock), 1);
  // Full: from the oldest key that the last query's window has to the first query.
  Value oldest = b.max(b.add(request.lastQuery, 1 - getWindow()), 0);
  Value fullBegin = b.ceilDiv(oldest, request.keyBlock);
  Value fullEnd = b.div(b.add(request.firstQuery, 1), request.keyBlock);
  return {begin, end, fullBegin, fullEnd};
}

Value SinksAttr::emitMask(fovea::IntegerBuilder &b, Value query, Value key,
                          Value length) const {
  Value isPast = b.lessEqual(key, query);
  Value isSink = b.less(key, getSinks());
  Value isNear = b.less(b.add(query, -getWindow()), key);
  return b.both(isPast, b.either(isSink, isNear));
}

QueryBounds SinksAttr::emitTranspose(fovea::IntegerBuilder &b,
                                     const TransposeRequest &request) const {
  Value first = b.mul(request.block, request.keyBlock);
  Value last = b.add(first, request.keyBlock - 1);
  Value end = b.min(b.add(last, getWindow()), request.length);
  Value fullEnd = b.min(b.add(first, getWindow()), request.length);
  Value hasSink = b.less(first, getSinks()), isSunk = b.less(last, getSinks());
  // Full: from the last key on, while the first one is in the window, or is a sink as
  // all are.
  return {first, b.select(hasSink, request.length, end), last,
          b.select(isSunk, request.length, fullEnd)};
}
