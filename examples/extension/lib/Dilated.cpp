//===- Dilated.cpp - a key set: every n-th key of a window -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// All that a new key set takes: an equation and its shadows in IR.
//
//===----------------------------------------------------------------------===//

#include "Example.h"
#include "mlir/IR/Diagnostics.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace fovea::attn;
using namespace example;

LogicalResult DilatedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t window, int64_t step) {
  constexpr int64_t most = std::numeric_limits<int32_t>::max(); // positions are i32
  if (window < 1 || step < 1 || window > most || step > most)
    return emitError() << "expected window and step of 1 to " << most << ", got "
                       << window << " and " << step;
  return success();
}

bool DilatedAttr::contains(int64_t length, int64_t t, int64_t u,
                           ArrayRef<int32_t> indices) const {
  return t - getWindow() < u && u <= t && (t - u) % getStep() == 0;
}

double DilatedAttr::getCost(int64_t length, int64_t count) const {
  int64_t most = (getWindow() + getStep() - 1) / getStep();
  double pairs = 0;
  for (int64_t t = 0; t < length; ++t)
    pairs += std::min(most, t / getStep() + 1);
  return pairs;
}

VisitBounds DilatedAttr::emitVisits(fovea::IntegerBuilder &b,
                                    const VisitRequest &request) const {
  Value oldestSeen = b.max(b.add(request.firstQuery, 1 - getWindow()), 0);
  Value zero = b.index(0); // no block is full
  return {b.div(oldestSeen, request.keyBlock),
          b.add(b.div(request.lastQuery, request.keyBlock), 1), zero, zero};
}

Value DilatedAttr::emitMask(fovea::IntegerBuilder &b, Value query, Value key,
                            Value length) const {
  Value isPast = b.lessEqual(key, query);
  Value isNear = b.less(b.add(query, -getWindow()), key);
  Value isInStep = b.equal(b.rem(b.sub(query, key), getStep()), 0);
  return b.both(b.both(isPast, isNear), isInStep);
}

QueryBounds DilatedAttr::emitTranspose(fovea::IntegerBuilder &b,
                                       const TransposeRequest &request) const {
  Value first = b.mul(request.block, request.keyBlock);
  Value end = b.min(b.add(first, request.keyBlock - 1 + getWindow()), request.length);
  return {first, end, first, first}; // no query sees a whole block
}
