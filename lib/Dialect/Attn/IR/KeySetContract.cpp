//===- KeySetContract.cpp - answers of key sets, looked at ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/KeySetContract.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace fovea::attn;
using llvm::formatv;

/// A method has not given what it should, but a value of type `got`, or none.
static AnswerFault expected(StringRef method, const Twine &what, Type got) {
  std::string fault;
  llvm::raw_string_ostream stream(fault);
  stream << "expected " << method << " to give " << what << ", got ";
  if (got)
    stream << got;
  else
    stream << "null";
  return fault;
}

/// The first of `values`, each with its name, that is not of type index.
static AnswerFault
checkIndices(StringRef method,
             std::initializer_list<std::pair<StringRef, Value>> values) {
  for (const auto &[name, value] : values)
    if (!value || !value.getType().isIndex())
      return expected(method, name + " of type index",
                      value ? value.getType() : Type());
  return std::nullopt;
}

AnswerFault fovea::attn::checkNumbers(KeySetInterface set) {
  int64_t stride = set.getKeyStride(), block = set.getIndexBlock();
  if (stride < 1)
    return formatv("expected getKeyStride to give at least 1, got {0}", stride).str();
  if (set.needsIndices() && block < 1)
    return formatv("expected getIndexBlock to give at least 1 where needsIndices is "
                   "true, got {0}",
                   block)
        .str();
  if (block < 0)
    return formatv("expected getIndexBlock to give at least 0, got {0}", block).str();
  return std::nullopt;
}

AnswerFault fovea::attn::checkNumKeys(Value numKeys) {
  return checkIndices("emitNumKeys", {{"a number", numKeys}});
}

AnswerFault fovea::attn::checkVisits(const VisitBounds &bounds) {
  return checkIndices("emitVisits", {{"a begin", bounds.begin},
                                     {"an end", bounds.end},
                                     {"a fullBegin", bounds.fullBegin},
                                     {"a fullEnd", bounds.fullEnd}});
}

AnswerFault fovea::attn::checkTranspose(const QueryBounds &bounds) {
  return checkIndices("emitTranspose", {{"a begin", bounds.begin},
                                        {"an end", bounds.end},
                                        {"a fullBegin", bounds.fullBegin},
                                        {"a fullEnd", bounds.fullEnd}});
}

AnswerFault fovea::attn::checkMask(Value mask, Type positions) {
  Type bit = IntegerType::get(positions.getContext(), 1), type = bit;
  if (auto tile = dyn_cast<RankedTensorType>(positions))
    type = tile.clone(bit);
  Type got = mask ? mask.getType() : Type();
  if (got == type)
    return std::nullopt;
  // The shape is said only where it is what is wrong.
  if (auto tile = dyn_cast_or_null<RankedTensorType>(got);
      tile && tile.clone(bit) == type)
    got = tile.getElementType();
  return expected("emitMask", "i1 in the shape of the positions", got);
}

/// Says `fault` at `op`, if it is one.
static LogicalResult report(Operation *op, KeySetInterface set, AnswerFault fault) {
  if (!fault)
    return success();
  return op->emitOpError() << set << ": " << *fault;
}

LogicalResult fovea::attn::verifyNumbers(Operation *op, KeySetInterface set) {
  return report(op, set, checkNumbers(set));
}

LogicalResult fovea::attn::verifyEmission(Operation *op, KeySetInterface set,
                                          int64_t keyBlock) {
  if (failed(verifyNumbers(op, set))) // of an operation whose verifier did not ask
    return failure();
  OwningOpRef<ModuleOp> scratch = ModuleOp::create(op->getLoc());
  Block *body = scratch->getBody();
  IntegerBuilder builder(op->getLoc(), op->getContext());
  builder.setInsertionPointToStart(body);
  auto unknown = [&](Type type) { return body->addArgument(type, op->getLoc()); };
  Type index = builder.getIndexType();
  Value length = unknown(index), first = unknown(index), last = unknown(index);
  if (failed(report(op, set, checkNumKeys(set.emitNumKeys(builder, length)))))
    return failure();
  VisitBounds bounds = set.emitVisits(builder, {length, first, last, keyBlock});
  if (failed(report(op, set, checkVisits(bounds))))
    return failure();
  QueryBounds transpose = set.emitTranspose(builder, {length, first, keyBlock});
  if (failed(report(op, set, checkTranspose(transpose))))
    return failure();
  constexpr int64_t queries = 16;
  auto tile = RankedTensorType::get({queries, keyBlock}, builder.getI32Type());
  Value query = unknown(tile), key = unknown(tile), lengths = unknown(tile);
  Value mask = set.emitMask(builder, query, key, lengths);
  return report(op, set, checkMask(mask, tile));
}

FailureOr<double> fovea::attn::countPairs(Operation *op, KeySetInterface set,
                                          int64_t length, int64_t count) {
  double pairs = set.getCost(length, count);
  if (std::isfinite(pairs) && pairs >= 0)
    return pairs;
  return op->emitOpError()
         << set << ": "
         << formatv("expected getCost to give a number of pairs of {0} tokens, got {1}",
                    length, llvm::format("%.15g", pairs))
                .str();
}
