//===- KeySets.cpp - the built-in key sets --------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Each set is one equation (`contains`) and its shadows in IR. KeySet.h states
// what they owe each other.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace fovea::attn;
using fovea::IntegerBuilder;

/// Positions are i32, and a mask computes with positions of a key block that reaches
/// past the sequence; these limits keep that arithmetic from overflowing.
static constexpr int64_t maxWindow = std::numeric_limits<int32_t>::max();
static constexpr int64_t maxBlock = int64_t(1) << 20;

/// Blocks in which every key is at or before the first query.
static Value blocksBefore(IntegerBuilder &b, const VisitRequest &request) {
  return b.div(b.add(request.firstQuery, 1), request.keyBlock);
}

//===----------------------------------------------------------------------===//
// full: u < L
//===----------------------------------------------------------------------===//

bool FullAttr::contains(int64_t length, int64_t t, int64_t u,
                        ArrayRef<int32_t> indices) const {
  return u < length;
}

double FullAttr::getCost(int64_t length, int64_t count) const {
  return double(length) * length;
}

VisitBounds FullAttr::emitVisits(IntegerBuilder &b, const VisitRequest &request) const {
  Value zero = b.index(0);
  return {zero, b.ceilDiv(request.length, request.keyBlock), zero,
          b.div(request.length, request.keyBlock)};
}

Value FullAttr::emitMask(IntegerBuilder &b, Value query, Value key,
                         Value length) const {
  return b.less(key, length);
}

QueryBounds FullAttr::emitTranspose(IntegerBuilder &b,
                                    const TransposeRequest &request) const {
  Value zero = b.index(0);
  Value end = b.mul(b.add(request.block, 1), request.keyBlock);
  Value isWhole = b.lessEqual(end, request.length);
  return {zero, request.length, zero, b.select(isWhole, request.length, zero)};
}

//===----------------------------------------------------------------------===//
// causal: u <= t
//===----------------------------------------------------------------------===//

bool CausalAttr::contains(int64_t length, int64_t t, int64_t u,
                          ArrayRef<int32_t> indices) const {
  return u <= t;
}

double CausalAttr::getCost(int64_t length, int64_t count) const {
  return double(length) * (length + 1) / 2;
}

VisitBounds CausalAttr::emitVisits(IntegerBuilder &b,
                                   const VisitRequest &request) const {
  Value zero = b.index(0);
  return {zero, b.add(b.div(request.lastQuery, request.keyBlock), 1), zero,
          blocksBefore(b, request)};
}

Value CausalAttr::emitMask(IntegerBuilder &b, Value query, Value key,
                           Value length) const {
  return b.lessEqual(key, query);
}

QueryBounds CausalAttr::emitTranspose(IntegerBuilder &b,
                                      const TransposeRequest &request) const {
  Value first = b.mul(request.block, request.keyBlock);
  return {first, request.length, b.add(first, request.keyBlock - 1), request.length};
}

//===----------------------------------------------------------------------===//
// window: max(0, t - w + 1) <= u <= t
//===----------------------------------------------------------------------===//

LogicalResult WindowAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t size) {
  if (size < 1) // window_c1
    return emitError() << "expected window size to be at least 1, got " << size;
  if (size > maxWindow)
    return emitError() << "expected window size to be at most " << maxWindow << ", got "
                       << size;
  return success();
}

bool WindowAttr::contains(int64_t length, int64_t t, int64_t u,
                          ArrayRef<int32_t> indices) const {
  return t - getSize() < u && u <= t;
}

double WindowAttr::getCost(int64_t length, int64_t count) const {
  double w = std::min<double>(getSize(), length);
  return w * (w + 1) / 2 + (length - w) * w;
}

VisitBounds WindowAttr::emitVisits(IntegerBuilder &b,
                                   const VisitRequest &request) const {
  Value oldestSeen = b.max(b.add(request.firstQuery, 1 - getSize()), 0);
  Value oldestSeenByAll = b.max(b.add(request.lastQuery, 1 - getSize()), 0);
  return {b.div(oldestSeen, request.keyBlock),
          b.add(b.div(request.lastQuery, request.keyBlock), 1),
          b.ceilDiv(oldestSeenByAll, request.keyBlock), blocksBefore(b, request)};
}

Value WindowAttr::emitMask(IntegerBuilder &b, Value query, Value key,
                           Value length) const {
  Value isInside = b.less(b.add(query, -getSize()), key);
  return b.both(b.lessEqual(key, query), isInside);
}

QueryBounds WindowAttr::emitTranspose(IntegerBuilder &b,
                                      const TransposeRequest &request) const {
  Value first = b.mul(request.block, request.keyBlock);
  Value last = b.add(first, request.keyBlock - 1);
  Value end = b.min(b.add(last, getSize()), request.length);
  return {first, end, last, b.min(b.add(first, getSize()), request.length)};
}

//===----------------------------------------------------------------------===//
// compressed: i*d + l - 1 <= t
//===----------------------------------------------------------------------===//

LogicalResult CompressedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                     int64_t block, int64_t stride) {
  if (stride < 1) // compressed_c1
    return emitError() << "expected stride to be at least 1, got " << stride;
  if (block < 1 || block % stride != 0) // compressed_c2
    return emitError() << "expected stride to divide block, got stride = " << stride
                       << " and block = " << block;
  if (block > maxBlock) // compressed_c3
    return emitError() << "expected block to be at most " << maxBlock << ", got "
                       << block;
  return success();
}

int64_t CompressedAttr::getNumKeys(int64_t length) const {
  return length >= getBlock() ? (length - getBlock()) / getStride() + 1 : 0;
}

int64_t CompressedAttr::getKeyStride() const { return getStride(); }

bool CompressedAttr::contains(int64_t length, int64_t t, int64_t u,
                              ArrayRef<int32_t> indices) const {
  return u * getStride() + getBlock() - 1 <= t;
}

double CompressedAttr::getCost(int64_t length, int64_t count) const {
  // The first window is seen by length - block + 1 queries, each next one by `stride`
  // fewer.
  double keys = getNumKeys(length);
  return keys * (length - getBlock() + 1) - getStride() * keys * (keys - 1) / 2;
}

/// Windows that end within the first `tokens` tokens: max(0, (n - l + d) / d),
/// which is floor((n - l) / d) + 1 where n >= l and 0 below.
static Value emitCompleteWindows(IntegerBuilder &b, CompressedAttr windows,
                                 Value tokens) {
  Value shifted = b.add(tokens, windows.getStride() - windows.getBlock());
  return b.div(b.max(shifted, 0), windows.getStride());
}

Value CompressedAttr::emitNumKeys(IntegerBuilder &b, Value length) const {
  return emitCompleteWindows(b, *this, length);
}

VisitBounds CompressedAttr::emitVisits(IntegerBuilder &b,
                                       const VisitRequest &request) const {
  Value zero = b.index(0);
  Value seen = emitCompleteWindows(b, *this, b.add(request.lastQuery, 1));
  Value seenByAll = emitCompleteWindows(b, *this, b.add(request.firstQuery, 1));
  return {zero, b.ceilDiv(seen, request.keyBlock), zero,
          b.div(seenByAll, request.keyBlock)};
}

Value CompressedAttr::emitMask(IntegerBuilder &b, Value query, Value key,
                               Value length) const {
  return b.lessEqual(b.add(b.mul(key, getStride()), getBlock() - 1), query);
}

QueryBounds CompressedAttr::emitTranspose(IntegerBuilder &b,
                                          const TransposeRequest &request) const {
  Value firstKey = b.mul(request.block, request.keyBlock);
  Value begin = b.add(b.mul(firstKey, getStride()), getBlock() - 1);
  Value fullBegin = b.add(begin, (request.keyBlock - 1) * getStride());
  return {begin, request.length, fullBegin, request.length};
}

//===----------------------------------------------------------------------===//
// selected: u / l' is listed and u <= t
//===----------------------------------------------------------------------===//

LogicalResult SelectedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t block) {
  if (block < 1) // selected_c1
    return emitError() << "expected block to be at least 1, got " << block;
  if (block > maxBlock)
    return emitError() << "expected block to be at most " << maxBlock << ", got "
                       << block;
  return success();
}

bool SelectedAttr::contains(int64_t length, int64_t t, int64_t u,
                            ArrayRef<int32_t> indices) const {
  return u <= t && llvm::is_contained(indices, u / getBlock());
}

bool SelectedAttr::needsIndices() const { return true; }

int64_t SelectedAttr::getIndexBlock() const { return getBlock(); }

double SelectedAttr::getCost(int64_t length, int64_t count) const {
  // A model: each list names the `count` nearest blocks, the query's own included. A
  // query sees t % block + 1 keys of its own block and min(t / block, count - 1)
  // others.
  if (count < 1)
    return 0;
  double block = getBlock(), blocks = length / getBlock(), tail = length % getBlock();
  double others = count - 1, growing = std::min(blocks, others);
  double listed = growing * (growing - 1) / 2 + (blocks - growing) * others;
  double own = blocks * block * (block + 1) / 2 + tail * (tail + 1) / 2;
  return own + block * (block * listed + tail * growing);
}

// Inside the listed blocks the set is the causal one.
VisitBounds SelectedAttr::emitVisits(IntegerBuilder &b,
                                     const VisitRequest &request) const {
  return CausalAttr::get(getContext()).emitVisits(b, request);
}

Value SelectedAttr::emitMask(IntegerBuilder &b, Value query, Value key,
                             Value length) const {
  return CausalAttr::get(getContext()).emitMask(b, query, key, length);
}

QueryBounds SelectedAttr::emitTranspose(IntegerBuilder &b,
                                        const TransposeRequest &request) const {
  return CausalAttr::get(getContext()).emitTranspose(b, request);
}
