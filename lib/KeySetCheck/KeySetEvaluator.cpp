//===- KeySetEvaluator.cpp - what a key set emits, as numbers -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/KeySetCheck/KeySetEvaluator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace fovea::attn;

KeySetEvaluator::KeySetEvaluator(MLIRContext *context)
    : module(ModuleOp::create(UnknownLoc::get(context))),
      builder(module->getLoc(), context) {
  context->loadDialect<arith::ArithDialect>();
  builder.setInsertionPointToStart(module->getBody());
}

bool KeySetEvaluator::isSound(const AnswerFault &answer) {
  if (answer && !fault)
    fault = answer;
  return !answer;
}

void KeySetEvaluator::noteUnfolded(Value value, StringRef method) {
  if (fault)
    return;
  fault.emplace();
  llvm::raw_string_ostream(*fault)
      << "expected what " << method << " emits for constants to fold, as that of "
      << "IntegerBuilder does, got " << value.getDefiningOp()->getName();
}

int64_t KeySetEvaluator::integer(Value value, StringRef method) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant))) {
    noteUnfolded(value, method);
    return 0;
  }
  return value.getType().isInteger(1) ? constant.getZExtValue()
                                      : constant.getSExtValue();
}

void KeySetEvaluator::clear() {
  Block *body = module->getBody();
  while (!body->empty())
    body->back().erase();
  builder.setInsertionPointToStart(body);
}

KeySetEvaluator::Visits KeySetEvaluator::visits(KeySetInterface set, int64_t length,
                                                Span queries, int64_t keyBlock) {
  VisitBounds bounds =
      set.emitVisits(builder, {builder.index(length), builder.index(queries.begin),
                               builder.index(queries.end - 1), keyBlock});
  auto number = [&](Value value) { return integer(value, "emitVisits"); };
  Visits result = {};
  if (isSound(checkVisits(bounds)))
    result = {{number(bounds.begin), number(bounds.end)},
              {number(bounds.fullBegin), number(bounds.fullEnd)}};
  clear();
  return result;
}

KeySetEvaluator::Queries KeySetEvaluator::transpose(KeySetInterface set, int64_t length,
                                                    int64_t block, int64_t keyBlock) {
  QueryBounds bounds = set.emitTranspose(
      builder, {builder.index(length), builder.index(block), keyBlock});
  auto number = [&](Value value) { return integer(value, "emitTranspose"); };
  Queries result = {};
  if (isSound(checkTranspose(bounds)))
    result = {{number(bounds.begin), number(bounds.end)},
              {number(bounds.fullBegin), number(bounds.fullEnd)}};
  clear();
  return result;
}

int64_t KeySetEvaluator::numKeys(KeySetInterface set, int64_t length) {
  Value keys = set.emitNumKeys(builder, builder.index(length));
  int64_t result = isSound(checkNumKeys(keys)) ? integer(keys, "emitNumKeys") : 0;
  clear();
  return result;
}

std::vector<bool> KeySetEvaluator::mask(KeySetInterface set, int64_t length,
                                        Span queries, Span keys) {
  std::vector<int32_t> query, key;
  for (int64_t t = queries.begin; t < queries.end; ++t)
    for (int64_t u = keys.begin; u < keys.end; ++u) {
      query.push_back(t);
      key.push_back(u);
    }
  auto type = RankedTensorType::get(
      {queries.end - queries.begin, keys.end - keys.begin}, builder.getI32Type());
  auto constant = [&](DenseElementsAttr values) -> Value {
    return arith::ConstantOp::create(builder, builder.getLoc(), values);
  };
  Value queryTile = constant(DenseElementsAttr::get(type, ArrayRef(query)));
  Value keyTile = constant(DenseElementsAttr::get(type, ArrayRef(key)));
  Value lengthTile = constant(DenseElementsAttr::get(type, int32_t(length)));
  Value mask = set.emitMask(builder, queryTile, keyTile, lengthTile);
  DenseElementsAttr values;
  std::vector<bool> result(query.size());
  if (isSound(checkMask(mask, type)) && matchPattern(mask, m_Constant(&values)))
    result.assign(values.value_begin<bool>(), values.value_end<bool>());
  else
    noteUnfolded(mask, "emitMask");
  clear();
  return result;
}

bool KeySetEvaluator::maskAt(KeySetInterface set, int64_t length, int64_t query,
                             int64_t key) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(builder, builder.getLoc(), value, 32);
  };
  Value queryValue = constant(query), keyValue = constant(key);
  Value mask = set.emitMask(builder, queryValue, keyValue, constant(length));
  bool result =
      isSound(checkMask(mask, queryValue.getType())) && integer(mask, "emitMask") != 0;
  clear();
  return result;
}
