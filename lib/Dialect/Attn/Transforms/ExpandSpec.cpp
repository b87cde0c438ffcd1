//===- ExpandSpec.cpp - specs to functions over attn operations -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A spec is a page of choices; this pass writes down the computation that they
// mean, one operation per equation of docs/nsa.md.
//
//===----------------------------------------------------------------------===//

#include "SpecArguments.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Dialect/Attn/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace fovea::attn {
#define GEN_PASS_DEF_EXPANDSPECPASS
#include "fovea/Dialect/Attn/Transforms/Passes.h.inc"
} // namespace fovea::attn

using namespace mlir;
using namespace fovea::attn;

namespace {

/// What one branch has computed.
struct BranchValues {
  Value kc, lse, out, indices;
};

/// Expands one spec into a function, from which attn-differentiate makes the backward
/// one.
class SpecExpander {
public:
  SpecExpander(SpecOp spec, bool auxOutputs, Queries queries)
      : spec(spec), builder(spec.getContext()), auxOutputs(auxOutputs),
        queries(queries) {}

  LogicalResult expand();

  std::string getName() {
    StringRef entry = queries == Queries::All    ? "_forward"
                      : queries == Queries::Last ? "_extend"
                                                 : "_decode";
    return (spec.getSymName() + entry).str();
  }

private:
  SmallVector<Value> getLearned(BranchOp branch);
  void createFunction(ArrayRef<SpecArgument> args);
  /// Rows that lie in pages.
  Value gatherPages(Value cache, const RowsInPages &rows);
  void dropUnreadPages();
  /// The argument `<branch>_<name>` for an own_kv branch, else the shared `name`.
  Value branchArgument(BranchOp branch, StringRef name);

  LogicalResult expandBranch(BranchOp branch);
  Value emitCompress(BranchOp branch, Value input, StringRef name);
  FailureOr<Value> emitSelection(BranchOp branch);
  /// Scores of a branch's blocks, by who ranks them.
  FailureOr<Value> emitScores(BranchOp branch, BranchOp source);
  FailureOr<Value> emitScores(BranchOp branch, RankerOp source);
  LogicalResult verifyScores(BranchOp branch, RankerOp source, Value scores,
                             iterator_range<Block::iterator> emitted);
  /// What a backward function saves of `op` is called `<name>_<word>`.
  void nameSaved(Operation *op, const Twine &name);
  void finish();
  void markFunction();
  void nameUnreadRows(ArrayRef<SpecArgument> args);

  bool hasBackward() {
    return bitEnumContainsAny(spec.getEntries(), Entries::Backward) &&
           queries != Queries::Few;
  }

  void createBatch();

  SpecOp spec;
  OpBuilder builder;
  bool auxOutputs;
  Queries queries;
  func::FuncOp function;
  Value sequences; ///< cu_seqlens, or a batch
  llvm::StringMap<Value> arguments;
  llvm::StringMap<BranchValues> values;
};

} // namespace

void SpecExpander::createFunction(ArrayRef<SpecArgument> args) {
  SmallVector<Type> types;
  for (const SpecArgument &arg : args)
    types.push_back(arg.type);
  builder.setInsertionPointAfter(spec);
  function = func::FuncOp::create(builder, spec.getLoc(), getName(),
                                  builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToEnd(entry);
  for (auto [i, arg] : llvm::enumerate(args)) {
    function.setArgAttr(i, kNameAttrName, builder.getStringAttr(arg.name));
    arguments[arg.name] = entry->getArgument(i);
  }
  for (auto [i, arg] : llvm::enumerate(args))
    for (const RowsInPages &rows : arg.inPages)
      arguments[rows.name] = gatherPages(entry->getArgument(i), rows);
}

Value SpecExpander::gatherPages(Value cache, const RowsInPages &rows) {
  auto type = cast<RankedTensorType>(cache.getType());
  int64_t heads = type.getDimSize(spec.getHeadsFirst() ? 1 : 2);
  Type rowsType = RankedTensorType::get({ShapedType::kDynamic, heads, rows.columns},
                                        type.getElementType());
  return GatherPagesOp::create(builder, spec.getLoc(), rowsType, cache,
                               arguments.lookup(kBlockTableName), spec.getHeadsFirst(),
                               rows.firstColumn);
}

void SpecExpander::createBatch() {
  if (queries == Queries::All) {
    sequences = arguments.lookup("cu_seqlens");
    return;
  }
  sequences =
      BatchOp::create(builder, spec.getLoc(), BatchType::get(spec.getContext()),
                      arguments.lookup("cu_seqlens_q"),
                      arguments.lookup("cu_seqlens_k"), arguments.lookup("seqused_k"));
}

Value SpecExpander::branchArgument(BranchOp branch, StringRef name) {
  if (branch.getOwnKv())
    return arguments.lookup((branch.getSymName() + "_" + name).str());
  return arguments.lookup(name);
}

SmallVector<Value> SpecExpander::getLearned(BranchOp branch) {
  SmallVector<Value> values;
  for (const std::string &name : getLearnedNames(branch))
    values.push_back(arguments.lookup(name));
  return values;
}

Value SpecExpander::emitCompress(BranchOp branch, Value input, StringRef name) {
  PhiAttr phi = *branch.getPhi();
  std::string prefix = (branch.getSymName() + "_" + name + "_").str();
  SmallVector<Value> params;
  for (StringRef param : phi.getParameterNames())
    params.push_back(arguments.lookup(prefix + param.str()));
  Value positions =
      branch.getWithPositions() ? arguments.lookup(prefix + "pos") : Value();
  auto compress = CompressOp::create(builder, branch.getLoc(), input.getType(), input,
                                     sequences, params, positions,
                                     cast<CompressedAttr>(branch.getKeys()), phi);
  nameSaved(compress, branch.getSymName() + "_" + name);
  return compress;
}

FailureOr<Value> SpecExpander::emitScores(BranchOp branch, BranchOp source) {
  BranchValues ranking = values.lookup(source.getSymName());
  auto blocks =
      SelectedAttr::get(branch.getContext(), branch.getKeys().getIndexBlock());
  Type type = RankedTensorType::get(
      {ShapedType::kDynamic, int64_t(spec.getKvHeads()), ShapedType::kDynamic},
      builder.getF32Type());
  auto scores = ScoreBlocksOp::create(
      builder, branch.getLoc(), type, arguments.lookup("q"), ranking.kc, ranking.lse,
      sequences, getLearned(source), cast<CompressedAttr>(source.getKeys()), blocks,
      spec.getScaleAttr());
  // Blocks are ranked by the scores that attention has.
  cloneScoreRegion(source.getScoreRegion(), scores.getScoreRegion());
  return scores.getScores();
}

/// What a ranker has emitted is scores, by operations that have a reference and a
/// lowering.
LogicalResult SpecExpander::verifyScores(BranchOp branch, RankerOp source, Value scores,
                                         iterator_range<Block::iterator> emitted) {
  for (Operation &op : emitted)
    if (!isa<KernelOpInterface>(op))
      return branch.emitOpError()
             << source.getKind()
             << ": expected emitScores to write attn operations only, got "
             << op.getName();
  auto type = scores ? dyn_cast<RankedTensorType>(scores.getType()) : nullptr;
  int64_t kvHeads = spec.getKvHeads();
  if (type && type.getRank() == 3 && type.getDimSize(1) == kvHeads &&
      type.getElementType().isF32())
    return success();
  InFlightDiagnostic diag = branch.emitOpError();
  diag << source.getKind() << ": expected emitScores to give a tensor [T, " << kvHeads
       << ", ?] of f32, got ";
  if (scores)
    return diag << scores.getType();
  return diag << "null";
}

FailureOr<Value> SpecExpander::emitScores(BranchOp branch, RankerOp source) {
  RankerShape shape = source.getShape();
  SmallVector<Value> inputs;
  for (const RankerArgument &argument : source.getKind().getArguments(shape))
    inputs.push_back(
        arguments.lookup((source.getSymName() + "_" + argument.name).str()));
  ImplicitLocOpBuilder inPlace(branch.getLoc(), builder);
  Block *body = builder.getInsertionBlock();
  bool isFirst = body->empty();
  auto last = isFirst ? body->end() : std::prev(body->end());
  Value scores = source.getKind().emitScores(
      inPlace, {shape, inputs, sequences, branch.getKeys().getIndexBlock()});
  auto first = isFirst ? body->begin() : std::next(last);
  if (failed(verifyScores(branch, source, scores, {first, body->end()})))
    return failure();
  return scores;
}

FailureOr<Value> SpecExpander::emitSelection(BranchOp branch) {
  Operation *source =
      SymbolTable::lookupNearestSymbolFrom(spec, branch.getSourceAttr());
  auto ranker = dyn_cast<RankerOp>(source);
  FailureOr<Value> scores =
      ranker ? emitScores(branch, ranker) : emitScores(branch, cast<BranchOp>(source));
  if (failed(scores))
    return failure();
  Type indicesType = RankedTensorType::get(
      {ShapedType::kDynamic, int64_t(spec.getKvHeads()), int64_t(*branch.getCount())},
      builder.getI32Type());
  auto blocks =
      SelectedAttr::get(branch.getContext(), branch.getKeys().getIndexBlock());
  auto selected = SelectTopkOp::create(builder, branch.getLoc(), indicesType, *scores,
                                       sequences, blocks, *branch.getCount(),
                                       *branch.getInitial(), *branch.getLocal());
  nameSaved(selected, branch.getSymName());
  return selected.getIndices();
}

LogicalResult SpecExpander::expandBranch(BranchOp branch) {
  BranchValues result;
  Value k = branchArgument(branch, "k"), v = branchArgument(branch, "v");
  if (branch.getPhi()) {
    k = result.kc = emitCompress(branch, k, "k");
    v = emitCompress(branch, v, "v");
  }
  if (branch.getKeys().needsIndices()) {
    FailureOr<Value> indices = emitSelection(branch);
    if (failed(indices))
      return failure();
    result.indices = *indices;
  }
  Type outType = RankedTensorType::get(
      {ShapedType::kDynamic, int64_t(spec.getHeads()), int64_t(spec.getDv())},
      spec.getElementType());
  Type lseType = RankedTensorType::get({ShapedType::kDynamic, int64_t(spec.getHeads())},
                                       builder.getF32Type());
  Value sinks = branch.getSinks()
                    ? arguments.lookup((branch.getSymName() + "_sinks").str())
                    : Value();
  auto attend =
      AttendOp::create(builder, branch.getLoc(), outType, lseType,
                       arguments.lookup("q"), k, v, sequences, result.indices, sinks,
                       getLearned(branch), branch.getKeys(), spec.getScaleAttr());
  cloneScoreRegion(branch.getScoreRegion(), attend.getScoreRegion());
  nameSaved(attend, branch.getSymName());
  result.out = attend.getOut();
  result.lse = attend.getLse();
  values[branch.getSymName()] = result;
  return success();
}

void SpecExpander::nameSaved(Operation *op, const Twine &name) {
  if (hasBackward())
    op->setAttr(kNameAttrName, builder.getStringAttr(name));
}

/// Combines the branches, returns, and names the results.
void SpecExpander::finish() {
  SmallVector<Value> outs, results;
  SmallVector<std::string> names{"o"};
  for (BranchOp branch : spec.getBody().getOps<BranchOp>())
    outs.push_back(values.lookup(branch.getSymName()).out);
  Value out = outs.front();
  if (std::optional<GateMode> mode = spec.getGates())
    out = CombineOp::create(builder, spec.getLoc(), out.getType(), outs,
                            arguments.lookup("gates"), *mode);
  results.push_back(out);
  if (auxOutputs)
    for (BranchOp branch : spec.getBody().getOps<BranchOp>()) {
      BranchValues branchValues = values.lookup(branch.getSymName());
      results.push_back(branchValues.lse);
      names.push_back((branch.getSymName() + "_lse").str());
      if (!branchValues.indices)
        continue;
      results.push_back(branchValues.indices);
      names.push_back((branch.getSymName() + "_indices").str());
    }
  func::ReturnOp::create(builder, spec.getLoc(), results);
  function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                           ValueRange(results).getTypes()));
  for (auto [i, name] : llvm::enumerate(names))
    function.setResultAttr(i, kNameAttrName, builder.getStringAttr(name));
}

/// The queries of a step: a token, and those of a draft.
static constexpr int64_t kFewQueries = 8;

/// Gradients are those of a loss that o alone enters: what else is returned is for who
/// compares.
void SpecExpander::markFunction() {
  if (hasBackward())
    function->setAttr(kBackwardAttrName, builder.getStrArrayAttr({"o"}));
  if (queries == Queries::Few)
    function->setAttr(kMostQueriesAttrName, builder.getI64IntegerAttr(kFewQueries));
}

void SpecExpander::dropUnreadPages() {
  for (auto pages : llvm::make_early_inc_range(function.getOps<GatherPagesOp>()))
    if (pages->use_empty())
      pages.erase();
}

/// Arguments of a ranker that no branch is ranked by say themselves what their rows
/// are.
void SpecExpander::nameUnreadRows(ArrayRef<SpecArgument> args) {
  for (auto [i, arg] : llvm::enumerate(args)) {
    if (!function.getArgument(i).use_empty() ||
        !cast<RankedTensorType>(arg.type).isDynamicDim(0))
      continue;
    auto rows = fovea::RowCount::ofTokens();
    if (!arg.inPages.empty())
      rows = fovea::RowCount::ofPages();
    else if (arg.ofRankedKeys && queries != Queries::All)
      rows = rows.toKeys();
    function.setArgAttr(i, kRowsAttrName, builder.getStringAttr(toString(rows)));
  }
}

LogicalResult SpecExpander::expand() {
  FailureOr<SmallVector<SpecArgument>> collected = collectArguments(spec, queries);
  if (failed(collected))
    return failure();
  ArrayRef<SpecArgument> args = *collected;
  createFunction(args);
  createBatch();
  for (BranchOp branch : spec.getBody().getOps<BranchOp>())
    if (failed(expandBranch(branch)))
      return failure();
  finish();
  dropUnreadPages();
  markFunction();
  nameUnreadRows(args);
  return success();
}

namespace {
struct ExpandSpec final : fovea::attn::impl::ExpandSpecPassBase<ExpandSpec> {
  using ExpandSpecPassBase::ExpandSpecPassBase;

  void runOnOperation() override {
    for (SpecOp spec : llvm::make_early_inc_range(getOperation().getOps<SpecOp>())) {
      if (failed(expand(spec)))
        return signalPassFailure();
      spec.erase();
    }
  }

  LogicalResult expand(SpecOp spec) {
    bool extends = bitEnumContainsAny(spec.getEntries(), Entries::Extend);
    bool decodes = bitEnumContainsAny(spec.getEntries(), Entries::Decode);
    SmallVector<Queries, 3> functions;
    // Of a step there is no gradient, so that one that is asked for is the forward's.
    bool asksForGradient = bitEnumContainsAny(spec.getEntries(), Entries::Backward);
    if ((!extends && (!decodes || asksForGradient)) ||
        bitEnumContainsAny(spec.getEntries(), Entries::Forward))
      functions.push_back(Queries::All);
    if (extends)
      functions.push_back(Queries::Last);
    if (decodes)
      functions.push_back(Queries::Few);
    // Each is written right behind the spec.
    for (Queries queries : llvm::reverse(functions)) {
      SpecExpander expander(spec, auxOutputs, queries);
      if (SymbolTable(getOperation()).lookup(expander.getName()))
        return spec.emitOpError()
               << "expands to @" << expander.getName() << ", which exists already";
      if (failed(expander.expand()))
        return failure();
    }
    return success();
  }
};
} // namespace
