//===- Kernel.cpp - one kernel of an operation or a group -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What a kernel takes and gives, by what its rows are counted, and into how many
// programs it is cut. What is around the operations in its body: KernelFrames.cpp.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Dialect/Attn/IR/KernelSharing.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"
#include "fovea/Dialect/Attn/IR/Models.h"
#include "fovea/Tuning/Schedule.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace fovea;
using attn::TilingKind;

/// The offsets of the sequences that `op` says, or that all rows which it could take as
/// tiles were computed over, by an attention or in sums of such: those outside of them
/// hold 0 in each, and what else it reads of them is nobody's. Null where there are no
/// such offsets.
static Value findSequences(attn::KernelOpInterface op) {
  Value cuSeqlens = op.getTiling().cuSeqlens;
  if (cuSeqlens)
    return cuSeqlens;
  for (OpOperand &operand : op->getOpOperands()) {
    if (op.getOperandForm(operand.getOperandNumber()) != attn::TileForm::Rows)
      continue;
    auto producer =
        attn::lookThroughGroups(operand.get()).getDefiningOp<attn::KernelOpInterface>();
    Value said;
    if (producer)
      said = producer.getTiling().kind == TilingKind::AnyRows
                 ? findSequences(producer)
                 : producer.getTiling().cuSeqlens;
    if (!said || (cuSeqlens && cuSeqlens != said))
      return {};
    cuSeqlens = said;
  }
  return cuSeqlens;
}

/// Those, where `root` is an operation alone that takes any rows; else null.
static Value findSequencesOfRoot(Operation *root) {
  auto op = dyn_cast<attn::KernelOpInterface>(root);
  return op && op.getTiling().kind == TilingKind::AnyRows ? findSequences(op) : Value();
}

/// The intermediate over which `result` is stored: nothing but its operation reads it.
/// Null where there is none.
static Value findUpdated(Value value) {
  auto result = dyn_cast<OpResult>(value);
  auto op = result ? dyn_cast<attn::KernelOpInterface>(result.getOwner())
                   : attn::KernelOpInterface();
  OpOperand *operand = op ? op.getUpdatedOperand(result.getResultNumber()) : nullptr;
  if (!operand || !operand->get().getDefiningOp() || !operand->get().hasOneUse())
    return {};
  return operand->get();
}

/// Settles what `output` is stored over: sums of the kernel's own first, and of another
/// kernel then.
static void addUpdated(Kernel &kernel, Value output) {
  Value updated = findUpdated(output);
  while (updated && llvm::is_contained(kernel.ops, updated.getDefiningOp())) {
    kernel.parked.push_back({updated, output});
    updated = findUpdated(updated);
  }
  kernel.updated.push_back(updated);
}

/// Whether what parts of `root` give is merged by all of its results, some of which
/// something reads.
static bool isMergedBy(Operation *root, ValueRange results) {
  auto schedule = root->getAttrOfType<tile::ScheduleAttr>(tile::kScheduleAttrName);
  auto op = dyn_cast<attn::KernelOpInterface>(root);
  return schedule && schedule.getParts() > 1 && op && op.getTiling().readsKeys &&
         op.getTiling().kind == TilingKind::Queries &&
         llvm::any_of(results, [](Value result) { return !result.use_empty(); });
}

Kernel Kernel::of(Operation *root) {
  Kernel kernel{root, {}, {}, {}, llvm::to_vector_of<Value>(root->getResults()),
                {},   {}};
  if (auto group = dyn_cast<attn::GroupOp>(root)) {
    for (Operation &op : group.getBody().front().without_terminator())
      kernel.ops.push_back(&op);
    kernel.outputs = llvm::to_vector_of<Value>(
        group.getBody().front().getTerminator()->getOperands());
  } else {
    kernel.ops.push_back(root);
    kernel.outputs = kernel.leaving;
  }
  llvm::SetVector<Value> inputs;
  auto addInput = [&](Value value) {
    if (attn::isBatch(value))
      inputs.insert_range(attn::BatchArrays::of(value).getArrays());
    else if (auto pages = value.getDefiningOp<attn::GatherPagesOp>())
      inputs.insert_range(pages->getOperands());
    else
      inputs.insert(value);
  };
  for (Operation *op : kernel.ops)
    for (Value operand : op->getOperands())
      if (!llvm::is_contained(kernel.ops, operand.getDefiningOp()))
        addInput(operand);
  if (Value cuSeqlens = findSequencesOfRoot(root))
    addInput(cuSeqlens);
  // An unread lse is not stored, unless parts are merged by it.
  for (size_t i = kernel.outputs.size(); i-- > 0;)
    if (kernel.leaving[i].use_empty() && !isMergedBy(root, kernel.leaving)) {
      kernel.leaving.erase(kernel.leaving.begin() + i);
      kernel.outputs.erase(kernel.outputs.begin() + i);
    }
  for (Value output : kernel.outputs) {
    addUpdated(kernel, output);
    inputs.remove(kernel.updated.back());
  }
  kernel.inputs = inputs.takeVector();
  return kernel;
}

/// In how many parts of its heads, each with programs of its own, an operation over any
/// rows is computed: more than one where the schedule gives a token fewer rows.
static int64_t countHeadParts(int64_t heads, tile::ScheduleAttr schedule) {
  int64_t rows = schedule.getGroupRows();
  return rows && rows < heads && heads % rows == 0 ? heads / rows : 1;
}

/// By what the tokens of keys are counted that lie in pages: their table.
static TokenRows getTableRows(attn::GatherPagesOp pages, const TokenRows &keys) {
  return {pages.getTable(), keys.tokensPerRow * pages.getSlots(), keys.ofKeys,
          /*areWhole=*/true};
}

/// Of what `ops` take from outside, the first that has the fewest tokens in a row: of
/// queries, or of keys apart from them. Null where there is none.
static TokenRows findTokenRows(ArrayRef<Operation *> ops, bool ofKeys) {
  TokenRows found{{}, 1, ofKeys};
  for (Operation *op : ops)
    for (OpOperand &operand : op->getOpOperands()) {
      Value value = operand.get();
      if (attn::isBatch(value) || llvm::is_contained(ops, value.getDefiningOp()))
        continue;
      found.offer(value, cast<attn::KernelOpInterface>(op)
                             .getOperandRows(operand.getOperandNumber())
                             .rows);
    }
  if (auto pages = found.value ? found.value.getDefiningOp<attn::GatherPagesOp>()
                               : attn::GatherPagesOp())
    return getTableRows(pages, found);
  return found;
}

static std::string describe(tile::GpuAttr gpu) {
  std::string text = "none";
  if (gpu)
    llvm::raw_string_ostream(text = "") << gpu;
  return text;
}

/// Key sets may be of plugins: what one emits is looked at before a kernel is made of
/// it.
static LogicalResult verifyKeySets(Operation *op, tile::ScheduleAttr schedule) {
  for (NamedAttribute attribute : op->getAttrDictionary())
    if (auto set = dyn_cast<attn::KeySetInterface>(attribute.getValue()))
      if (failed(attn::verifyEmission(op, set, schedule.getKeys())))
        return failure();
  return success();
}

/// Keys are copied from pages a tile at a time.
static LogicalResult verifyPages(Operation *op, tile::ScheduleAttr schedule) {
  for (Value operand : op->getOperands())
    if (auto pages = operand.getDefiningOp<attn::GatherPagesOp>();
        pages && !attn::fitsPages(pages.getSlots(), schedule.getKeys()))
      return op->emitOpError()
             << "expected the keys of a tile to be those of whole "
                "pages, or to divide a page's "
             << pages.getSlots() << ", got a schedule with " << schedule.getKeys();
  return success();
}

/// A kernel has one tile, and is run one way: those of its first operation.
static LogicalResult verifyTile(Operation *op, tile::ScheduleAttr first) {
  FailureOr<tile::ScheduleAttr> schedule = tuning::getSchedule(op);
  if (failed(schedule) || failed(verifyKeySets(op, *schedule)) ||
      failed(verifyPages(op, *schedule)))
    return failure();
  if (schedule->getTokens() != first.getTokens() ||
      schedule->getGroupRows() != first.getGroupRows())
    return op->emitOpError() << "expected the tokens and group_rows of its kernel's "
                                "first operation, "
                             << first.getTokens() << " and " << first.getGroupRows()
                             << ", got " << schedule->getTokens() << " and "
                             << schedule->getGroupRows();
  if (schedule->getGpu() != first.getGpu())
    return op->emitOpError() << "expected the part for a GPU of its kernel's first "
                                "operation, "
                             << describe(first.getGpu()) << ", got "
                             << describe(schedule->getGpu());
  return success();
}

LogicalResult Kernel::findRows() {
  bool takesAny = tiling.kind == TilingKind::AnyRows;
  tokenRows = findTokenRows(ops, isApart() && isOfKeys());
  if (takesAny && !tokenRows.value)
    tokenRows = findTokenRows(ops, /*ofKeys=*/true);
  if (isApart())
    otherRows = findTokenRows(ops, !isOfKeys());
  bool hasRows = tokenRows.value && !(takesAny && tokenRows.tokensPerRow > 1);
  if (!hasRows || (isApart() && tiling.readsKeys && !otherRows.value))
    return ops.front()->emitOpError()
           << "expected an operand whose rows are tokens, got none";
  return success();
}

/// Of tiles of queries an operation alone is cut into parts: what is computed behind it
/// would be of a part.
LogicalResult Kernel::planParts() {
  int64_t parts = schedule.getParts();
  if (parts == 1 || tiling.kind == TilingKind::Keys)
    return success();
  if (ops.size() > 1)
    return root->emitOpError() << "expected one part of a group's keys, got a schedule "
                                  "with "
                               << parts;
  FailureOr<QueryParts> given =
      cast<EmitTileOpInterface>(ops.front()).getQueryParts(parts);
  if (failed(given))
    return failure();
  queryParts = *given;
  return success();
}

LogicalResult Kernel::plan() {
  for (Operation *op : ops)
    if (!attn::getModel<EmitTileOpInterface>(op, "a lowering to tile"))
      return failure();
  FailureOr<tile::ScheduleAttr> first = tuning::getSchedule(ops.front());
  if (failed(first))
    return failure();
  schedule = *first;
  for (Operation *op : ops)
    if (failed(verifyTile(op, schedule)))
      return failure();
  tiling = attn::getKernelTiling(ops);
  if (failed(findRows()))
    return failure();
  if (failed(planParts()))
    return failure();
  if (tiling.kind == TilingKind::AnyRows) {
    tiling.kvHeads = countHeadParts(tiling.heads, schedule);
    if ((tiling.cuSeqlens = findSequencesOfRoot(root)))
      tiling.kind = TilingKind::Queries;
    if (tiling.cuSeqlens && tokenRows.ofKeys)
      tiling.cuSeqlens = attn::BatchArrays::of(tiling.cuSeqlens).keys;
  }
  if (!tiling.heads)
    tiling.heads = tiling.kvHeads;
  group = tiling.heads / tiling.kvHeads;
  groupRows = schedule.getGroupRows() ? schedule.getGroupRows() : group;
  if (groupRows < group && !tiling.takesHeadsInParts)
    return root->emitOpError() << "expected the schedule's group_rows to be at "
                                  "least the heads of a group, to divide those "
                                  "of a combine outside of groups, or scores "
                                  "that are summed over heads, got "
                               << groupRows << " and " << group;
  return success();
}

Value fovea::emitTokens(TileBuilder &b, const TokenRows &rows, ViewOf viewOf) {
  Value count = memref::DimOp::create(b, viewOf(rows.value), 0);
  if (rows.tokensPerRow == 1)
    return count;
  int64_t perRow = rows.tokensPerRow;
  Value tokens = b.mul(count, perRow);
  return rows.areWhole ? tokens : b.add(tokens, perRow - 1);
}

SmallVector<Value> fovea::emitGrid(TileBuilder &b, const Kernel &kernel,
                                   ViewOf viewOf) {
  Value rows = emitTokens(b, kernel.tokenRows, viewOf);
  Value heads = b.index(kernel.tiling.kvHeads * kernel.schedule.getParts());
  if (kernel.tiling.kind == TilingKind::Heads)
    return {b.index(kernel.tiling.parts), heads};
  if (kernel.tiling.kind == TilingKind::AnyRows)
    return {b.ceilDiv(rows, kernel.getRows()), heads};
  // Enough tiles for each run of rows that the offsets cut (tile.locate).
  Value offsets = memref::DimOp::create(b, viewOf(kernel.getOffsets()), 0);
  Value runs = b.add(offsets, b.index(1));
  return {b.add(b.div(rows, kernel.getStep()), runs), heads};
}
