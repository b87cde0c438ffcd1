//===- FunctionRows.cpp - what the rows of a function's values count ------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

static constexpr int64_t kMostRows = std::numeric_limits<int32_t>::max();

bool fovea::attn::isAttnFunction(func::FuncOp function) {
  return function
      .walk([](Operation *op) {
        return isa<KernelOpInterface>(op) ||
                       isa_and_nonnull<AttnDialect>(op->getDialect())
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

Value fovea::attn::lookThroughGroups(Value value) {
  while (auto group = value.getDefiningOp<GroupOp>())
    value = group.getBody().front().getTerminator()->getOperand(
        cast<OpResult>(value).getResultNumber());
  return value;
}

/// "tokens / 4", and of scores what a column is.
static std::string describe(const RowFacts &facts) {
  std::string text = toString(facts.rows);
  if (facts.block)
    text += " by blocks of " + std::to_string(facts.block);
  return text;
}

namespace fovea::attn {

/// Follows the values of one function.
class RowInference {
public:
  explicit RowInference(func::FuncOp function) : function(function) {}

  LogicalResult run(FunctionRows &rows);

private:
  /// What is known of a value, and who says so.
  struct Known {
    RowFacts facts;
    Operation *source;
  };

  LogicalResult verifyForm();
  void findKeyEnds();
  RowFacts convert(RowFacts facts, KernelOpInterface op) const;
  LogicalResult visit(BatchOp op);
  LogicalResult visit(GatherPagesOp op);
  LogicalResult verifyArrays(TypeRange types, bool isResult);
  LogicalResult visit(Operation *op);
  LogicalResult note(Value value, const RowFacts &facts, Operation *source);
  LogicalResult contradict(Value value, const Known &known, const RowFacts &facts,
                           Operation *source);
  FailureOr<RowCount> settle(Attribute stated, Value value, const std::string &name);
  LogicalResult narrow(Type type, RowCount rows, const std::string &name, Location loc);
  LogicalResult verifyIntermediates();

  Operation *getReturn() { return function.getBody().front().getTerminator(); }
  std::string getName(unsigned number, bool isResult);
  std::string getName(Value value);

  /// The tokens that static sizes of arguments and results allow, and who said so.
  struct TokenRange {
    int64_t fewest = 0, most = kMostRows;
    std::string witness;
  };
  TokenRange &getTokens(RowCount rows) { return ranges[rows.ofKeys]; }

  func::FuncOp function;
  llvm::MapVector<Value, Known> known;
  /// Ends of the sequences of keys, where queries are not the same tokens.
  llvm::SmallPtrSet<Value, 2> keyEnds;
  TokenRange ranges[2]; ///< of tokens, and of those of keys
  /// The number of sequences that static sizes allow, and who said so.
  std::optional<int64_t> sequences;
  std::string sequencesWitness;
};

} // namespace fovea::attn

std::string RowInference::getName(unsigned number, bool isResult) {
  auto name = isResult ? function.getResultAttrOfType<StringAttr>(number, kNameAttrName)
                       : function.getArgAttrOfType<StringAttr>(number, kNameAttrName);
  if (name)
    return "'" + name.str() + "'";
  return (isResult ? "result " : "argument ") + std::to_string(number);
}

std::string RowInference::getName(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return getName(argument.getArgNumber(), /*isResult=*/false);
  return known.lookup(value).facts.name.str();
}

/// Arrays are what callers pass: f32, f16, bf16 or i32, of sizes that can be counted.
LogicalResult RowInference::verifyArrays(TypeRange types, bool isResult) {
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    Type element = tensor ? tensor.getElementType() : Type();
    if (!tensor || tensor.getEncoding() ||
        !(element.isF32() || element.isF16() || element.isBF16() ||
          element.isSignlessInteger(32)))
      return function.emitError() << "expected " << getName(i, isResult)
                                  << " to be a ranked tensor of f32, f16, bf16 or i32 "
                                     "without an encoding, got "
                                  << type;
    for (int64_t size : tensor.getShape())
      if (size > kMostRows)
        return function.emitError() << "expected sizes of " << getName(i, isResult)
                                    << " of at most " << kMostRows << ", got " << size;
  }
  return success();
}

LogicalResult RowInference::verifyForm() {
  if (!function.getBody().hasOneBlock())
    return function.emitError() << "expected a body of one block, got "
                                << function.getBody().getBlocks().size();
  if (failed(verifyArrays(function.getArgumentTypes(), /*isResult=*/false)) ||
      failed(verifyArrays(function.getResultTypes(), /*isResult=*/true)))
    return failure();
  for (Operation &op : function.getBody().front())
    if (!isa<func::ReturnOp, GroupOp, BatchOp, GatherPagesOp, KernelOpInterface>(op))
      return op.emitOpError() << "expected attn operations and a return only, in a "
                                 "function of attn operations";
  return success();
}

/// Two say different things: at an argument both are uses, at an operation's result
/// the use is what is wrong.
LogicalResult RowInference::contradict(Value value, const Known &known,
                                       const RowFacts &facts, Operation *source) {
  StringRef here = source->getName().getStringRef(),
            there = known.source->getName().getStringRef();
  if (isa<BlockArgument>(value)) {
    InFlightDiagnostic diag = emitError(value.getLoc());
    diag << "expected the rows of " << getName(value) << " to count one thing, got "
         << describe(known.facts) << " as " << known.facts.name << " of " << there
         << " and " << describe(facts) << " as " << facts.name << " of " << here;
    diag.attachNote(known.source->getLoc()) << "one use is here";
    diag.attachNote(source->getLoc()) << "the other use is here";
    return diag;
  }
  InFlightDiagnostic diag = source->emitOpError();
  diag << "expected rows of " << facts.name << " that count " << describe(facts)
       << ", got " << describe(known.facts) << " of " << there;
  diag.attachNote(known.source->getLoc()) << "they are computed here";
  return diag;
}

LogicalResult RowInference::note(Value value, const RowFacts &facts,
                                 Operation *source) {
  auto [entry, isNew] = known.insert({value, {facts, source}});
  const RowFacts &before = entry->second.facts;
  if (isNew || (before.rows == facts.rows && before.block == facts.block))
    return success();
  return contradict(value, entry->second, facts, source);
}

void RowInference::findKeyEnds() {
  for (auto batch : function.getOps<BatchOp>())
    keyEnds.insert(batch.getKeys());
}

/// What is over the sequences of keys alone counts their tokens.
RowFacts RowInference::convert(RowFacts facts, KernelOpInterface op) const {
  if (keyEnds.contains(op.getTiling().cuSeqlens))
    facts.rows = facts.rows.toKeys();
  return facts;
}

LogicalResult RowInference::visit(BatchOp op) {
  RowCount ends = RowCount::ofSequenceEnds();
  if (failed(note(op.getQueries(), {"queries", ends}, op)) ||
      failed(note(op.getKeys(), {"keys", ends.toKeys()}, op)))
    return failure();
  if (!op.getLengths())
    return success();
  return note(op.getLengths(), {"lengths", RowCount::ofSequences()}, op);
}

/// What the rows count is what its uses say, which come behind it.
LogicalResult RowInference::visit(GatherPagesOp op) {
  for (OpOperand &use : op.getOut().getUses()) {
    auto user = dyn_cast<KernelOpInterface>(use.getOwner());
    RowFacts facts =
        user ? convert(user.getOperandRows(use.getOperandNumber()), user) : RowFacts();
    if (facts.mayLieInPages && facts.rows.ofKeys)
      continue;
    InFlightDiagnostic diag =
        op.emitOpError() << "expected pages of keys or values of a batch, which "
                            "an attention or a ranker reads as they are, got them as "
                         << (user ? facts.name : "what is passed on") << " of "
                         << use.getOwner()->getName();
    diag.attachNote(use.getOwner()->getLoc()) << "which is here";
    return diag;
  }
  auto found = known.find(op.getOut());
  if (found == known.end())
    return op.emitOpError() << "expected pages that something reads, got no use";
  RowCount rows = found->second.facts.rows, table = rows;
  table.tokensPerRow *= op.getSlots();
  if (failed(note(op.getCache(), {"cache", RowCount::ofPages()}, op)))
    return failure();
  return note(op.getTable(), {"table", table}, op);
}

LogicalResult RowInference::visit(Operation *op) {
  if (auto batch = dyn_cast<BatchOp>(op))
    return visit(batch);
  auto rows = dyn_cast<KernelOpInterface>(op);
  if (!rows)
    return success(); // a group, a yield or the return, which pass values on
  for (OpOperand &operand : op->getOpOperands()) {
    if (isBatch(operand.get()))
      continue;
    RowFacts facts = rows.getOperandRows(operand.getOperandNumber());
    if (failed(note(lookThroughGroups(operand.get()), convert(facts, rows), op)))
      return failure();
  }
  for (OpResult result : op->getResults()) {
    RowFacts facts = rows.getResultRows(result.getResultNumber());
    if (failed(note(result, convert(facts, rows), op)))
      return failure();
  }
  return success();
}

/// What `value`, an argument or a result of the function, counts: by its uses, by
/// `attn.rows`, or, as it is static, nothing.
FailureOr<RowCount> RowInference::settle(Attribute stated, Value value,
                                         const std::string &name) {
  std::optional<RowCount> said;
  if (stated) {
    if (auto text = dyn_cast<StringAttr>(stated))
      said = parseRowCount(text.getValue());
    if (!said)
      return function.emitError()
             << "expected " << kRowsAttrName << " of " << name
             << " to be \"static\", \"sequences\", \"pages\", \"tokens\", \"tokens / "
                "<number>\" or \"sequence_ends\", the latter three of keys as "
                "\"key_tokens\", got "
             << stated;
  }
  if (auto found = known.find(value); found != known.end()) {
    const auto &[facts, source] = found->second;
    if (!said || *said == facts.rows)
      return facts.rows;
    InFlightDiagnostic diag = function.emitError();
    diag << "expected " << kRowsAttrName << " of " << name << " to be \""
         << toString(facts.rows) << "\", as " << facts.name << " of "
         << source->getName().getStringRef() << ", got \"" << toString(*said) << "\"";
    diag.attachNote(source->getLoc()) << "see here";
    return failure();
  }
  auto type = tensorType(value);
  bool isStatic = type.getRank() == 0 || !type.isDynamicDim(0);
  if (!said && isStatic)
    return RowCount();
  if (!said)
    return function.emitError()
           << "expected " << kRowsAttrName << " on " << name
           << ", for nothing here reads it and its rows are dynamic, got none";
  bool isNumbers = type.getRank() == 1 && type.getElementType().isInteger(32);
  bool isOfSequences =
      said->kind == RowKind::SequenceEnds || said->kind == RowKind::Sequences;
  if ((said->kind == RowKind::Static && !isStatic) ||
      (said->kind == RowKind::Tokens && type.getRank() == 0) ||
      (isOfSequences && !isNumbers))
    return function.emitError()
           << "expected " << name << " to be a type whose rows are " << toString(*said)
           << ", got " << type;
  return *said;
}

/// Takes the static size of an argument or result for what T or B must be.
LogicalResult RowInference::narrow(Type type, RowCount rows, const std::string &name,
                                   Location loc) {
  auto tensor = cast<RankedTensorType>(type);
  if (rows.kind == RowKind::Static || rows.kind == RowKind::Pages ||
      tensor.isDynamicDim(0))
    return success();
  int64_t got = tensor.getDimSize(0);
  if (rows.kind != RowKind::Tokens) {
    int64_t extra = rows.kind == RowKind::SequenceEnds ? 1 : 0;
    if (sequences && *sequences != got - extra)
      return emitError(loc) << "expected " << *sequences + extra
                            << (extra ? " sequence ends" : " sequences") << " as "
                            << sequencesWitness << " has, got " << got << " of "
                            << name;
    sequences = got - extra;
    sequencesWitness = name;
    return success();
  }
  auto &[fewest, most, witness] = getTokens(rows);
  int64_t perRow = rows.tokensPerRow;
  int64_t low = std::max(fewest, got * perRow);
  int64_t high = std::min(most, got * perRow + perRow - 1);
  if (low > high) {
    InFlightDiagnostic diag = emitError(loc);
    diag << "expected " << fewest / perRow;
    if (fewest / perRow != most / perRow)
      diag << " to " << most / perRow;
    return diag << (perRow == 1 ? " tokens as "
                                : " rows, which count " + toString(rows) + ", as ")
                << witness << " has, got " << got << " of " << name;
  }
  if (low != fewest || high != most)
    witness = name;
  fewest = low;
  most = high;
  return success();
}

/// A static size of an intermediate must follow from those that a caller sees: nobody
/// checks it at the call, and the array is written as the tokens ask.
LogicalResult RowInference::verifyIntermediates() {
  for (auto &[value, entry] : known) {
    if (!isa<OpResult>(value) || tensorType(value).isDynamicDim(0) ||
        entry.facts.rows.kind == RowKind::Static)
      continue;
    int64_t got = tensorType(value).getDimSize(0);
    const auto &[fewest, most, witness] = getTokens(entry.facts.rows);
    int64_t perRow = entry.facts.rows.tokensPerRow;
    if (fewest / perRow != got || most / perRow != got)
      return entry.source->emitOpError()
             << "expected a dynamic size, or one that follows from the function's "
                "arguments and results, for the rows of "
             << entry.facts.name << ", got " << got;
  }
  return success();
}

LogicalResult RowInference::run(FunctionRows &rows) {
  if (failed(verifyForm()))
    return failure();
  findKeyEnds();
  WalkResult walked = function.walk([&](Operation *op) {
    return failed(visit(op)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();
  for (auto pages : function.getOps<GatherPagesOp>())
    if (failed(visit(pages)))
      return failure();
  for (auto &[value, entry] : known)
    rows.values[value] = entry.facts.rows;
  auto add = [&](Attribute stated, Value value, const std::string &name,
                 SmallVectorImpl<RowCount> &list) -> LogicalResult {
    FailureOr<RowCount> count = settle(stated, lookThroughGroups(value), name);
    if (failed(count))
      return failure();
    list.push_back(*count);
    return narrow(value.getType(), *count, name, value.getLoc());
  };
  for (BlockArgument argument : function.getArguments())
    if (unsigned i = argument.getArgNumber();
        failed(add(function.getArgAttr(i, kRowsAttrName), argument,
                   getName(i, /*isResult=*/false), rows.arguments)))
      return failure();
  for (auto [i, value] : llvm::enumerate(getReturn()->getOperands()))
    if (failed(add(function.getResultAttr(i, kRowsAttrName), value,
                   getName(i, /*isResult=*/true), rows.results)))
      return failure();
  return verifyIntermediates();
}

FailureOr<FunctionRows> FunctionRows::infer(func::FuncOp function) {
  FunctionRows rows;
  if (failed(RowInference(function).run(rows)))
    return failure();
  return rows;
}
