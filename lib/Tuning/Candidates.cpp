//===- Candidates.cpp - the schedules that a compile tries ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Candidates.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/ScheduleSpace.h"
#include "fovea/Tuning/ScheduleTable.h"
#include "fovea/Tuning/TuningInterfaces.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/STLExtras.h"

#include <string>

using namespace mlir;
using namespace fovea;
using attn::GroupOp;
using attn::KernelOpInterface;
using attn::TilingKind;
using tile::CandidatesAttr;
using tile::kCandidateAttrName;
using tile::kCandidatesAttrName;
using tile::kScheduleAttrName;

/// The sizes that decide what fits, of an operation or of all in a group.
static std::string describeShape(Operation *op) {
  std::string text;
  op->walk<WalkOrder::PreOrder>([&](tuning::GpuScheduleOpInterface inner) {
    text += (text.empty() ? "" : ", ") + inner.describeSizes();
  });
  return text;
}

/// Whether the group's schedule is that of an attention in it. Without one there is
/// nothing to share a tile with: each operation is scheduled as if it stood alone.
static bool hasAttention(GroupOp group) {
  return llvm::any_of(group.getBody().front().getOps<KernelOpInterface>(),
                      [](KernelOpInterface op) { return op.getTiling().readsKeys; });
}

namespace {
/// Lists the candidates of kernels.
class Lister {
public:
  Lister(const GpuTargetInfo &target, const tuning::ScheduleTables &tables)
      : target(target), tables(tables) {}

  /// Whatever has a schedule, or candidates, keeps them.
  LogicalResult list(Operation *op, const std::string &key);
  /// Each part of a kernel called `key` that can go apart.
  LogicalResult listApart(Operation *root, StringRef key);

private:
  LogicalResult putMeasuredFirst(Operation *op,
                                 SmallVectorImpl<tile::ScheduleAttr> &schedules);

  const GpuTargetInfo &target;
  const tuning::ScheduleTables &tables;
};
} // namespace

/// The operations up to each sum, where there are several such runs; else one by one.
static SmallVector<SmallVector<Operation *>> findParts(ArrayRef<Operation *> ops) {
  SmallVector<SmallVector<Operation *>> parts(1);
  for (Operation *op : ops) {
    parts.back().push_back(op);
    bool isSum = cast<KernelOpInterface>(op).getTiling().kind == TilingKind::AnyRows;
    if (isSum && op != ops.back())
      parts.emplace_back();
  }
  if (parts.size() == 1)
    parts = llvm::map_to_vector(
        ops, [](Operation *op) { return SmallVector<Operation *>{op}; });
  return parts;
}

/// The operations of a group, each a kernel; of one that goes on from sum to sum, each
/// sum and what it adds up.
static SmallVector<Operation *> takeApart(GroupOp group) {
  SmallVector<Operation *> ops(
      llvm::make_pointer_range(group.getBody().front().without_terminator()));
  IRRewriter rewriter(group);
  group.inlineBody(rewriter);
  return llvm::map_to_vector(findParts(ops), [](ArrayRef<Operation *> part) {
    return part.size() > 1 ? GroupOp::form(part) : part.front();
  });
}

/// A copy of the operation for each result that is read.
static SmallVector<Operation *> takeResultsApart(Operation *op) {
  OpBuilder b(op);
  op->removeAttr(kCandidatesAttrName);
  SmallVector<Operation *> copies;
  for (OpResult result : op->getResults())
    if (!result.use_empty()) {
      copies.push_back(b.clone(*op));
      result.replaceAllUsesWith(copies.back()->getResult(result.getResultNumber()));
    }
  op->erase();
  return copies;
}

/// Whether what is one kernel can be several.
static bool canGoApart(Operation *root) {
  if (isa<GroupOp>(root))
    return true;
  int64_t read = llvm::count_if(root->getResults(),
                                [](OpResult result) { return !result.use_empty(); });
  return read > 1 && cast<tuning::GpuScheduleOpInterface>(root).takesResultsApart();
}

LogicalResult Lister::listApart(Operation *root, StringRef key) {
  auto group = dyn_cast<GroupOp>(root);
  SmallVector<Operation *> parts = group ? takeApart(group) : takeResultsApart(root);
  for (auto [i, part] : llvm::enumerate(parts))
    if (failed(list(part, (key + "." + Twine(i)).str())))
      return failure();
  return success();
}

/// Puts what tables have for the kernel of `op` before all others: the best, which is
/// taken, and the runner-up, in case that is refused.
LogicalResult Lister::putMeasuredFirst(Operation *op,
                                       SmallVectorImpl<tile::ScheduleAttr> &schedules) {
  auto matches = tables.find(tuning::describeKernel(op, target));
  SmallVector<tile::ScheduleAttr> first;
  for (const tuning::TableMatch &match : matches)
    for (tile::ScheduleAttr schedule : match.entry->tried) {
      bool fits = tuning::isInScheduleSpace(op, schedule, target);
      if (!fits && !match.isExact)
        continue;
      if (!fits)
        return op->emitOpError()
               << "expected a schedule that this kernel can have on " << target.name
               << " in " << match.table->describe(*match.entry) << ", got " << schedule
               << ": measure again";
      if (!llvm::is_contained(first, schedule))
        first.push_back(schedule);
    }
  llvm::erase_if(schedules, [&](tile::ScheduleAttr schedule) {
    return llvm::is_contained(first, schedule);
  });
  schedules.insert(schedules.begin(), first.begin(), first.end());
  return success();
}

LogicalResult Lister::list(Operation *op, const std::string &key) {
  if (op->hasAttr(kScheduleAttrName)) {
    tuning::completeGpuSchedule(*op);
    return success();
  }
  if (op->hasAttr(kCandidatesAttrName))
    return success();
  auto group = dyn_cast<GroupOp>(op);
  if (group && !hasAttention(group))
    return listApart(group, key);
  SmallVector<tile::ScheduleAttr> schedules = tuning::getGpuCandidates(op, target);
  std::string shape = describeShape(op);
  if (schedules.empty() && canGoApart(op))
    return listApart(op, key);
  if (schedules.empty())
    return op->emitOpError() << "expected tiles of " << shape << " to fit "
                             << target.name
                             << ": no schedule has 64 rows of whole tokens, key "
                                "blocks of 16 or more, and fits its registers and "
                             << target.sharedBytesPerBlock << " B of shared memory";
  if (failed(putMeasuredFirst(op, schedules)))
    return failure();
  auto candidates =
      CandidatesAttr::getChecked([&] { return op->emitOpError(); }, op->getContext(),
                                 StringRef(key), StringRef(shape), ArrayRef(schedules));
  if (!candidates)
    return failure();
  op->setAttr(kCandidatesAttrName, candidates);
  return success();
}

LogicalResult tuning::listCandidates(Operation *function, const GpuTargetInfo &target,
                                     const ScheduleTables &tables) {
  Lister lister(target, tables);
  StringRef name = SymbolTable::getSymbolName(function);
  int64_t number = 0;
  for (Operation &op : llvm::make_early_inc_range(function->getRegion(0).front())) {
    if (!isa<KernelOpInterface, GroupOp>(op))
      continue;
    if (failed(verifyGpuShape(&op)))
      return failure();
    bool isCounted = !op.hasAttr(kScheduleAttrName);
    std::string key = (name + "." + Twine(number)).str();
    if (failed(lister.list(&op, key)))
      return failure();
    number += isCounted;
  }
  return success();
}

void tuning::takeCandidates(Operation *function) {
  function->walk([](Operation *op) {
    auto candidates = op->getAttrOfType<CandidatesAttr>(kCandidatesAttrName);
    if (!candidates || op->hasAttr(kScheduleAttrName))
      return;
    setSchedule(op, candidates.getSchedules().front());
    op->removeAttr(kCandidatesAttrName);
    op->setAttr(kCandidateAttrName,
                tile::CandidateAttr::get(op->getContext(), candidates.getKey(),
                                         candidates.getShape()));
  });
}

Operation *tuning::findCandidates(Operation *module, StringRef key) {
  Operation *found = nullptr;
  module->walk([&](Operation *op) {
    auto candidates = op->getAttrOfType<CandidatesAttr>(kCandidatesAttrName);
    if (!candidates || candidates.getKey() != key)
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

FailureOr<bool> tuning::dropCandidate(Operation *module, StringRef key,
                                      const GpuTargetInfo &target,
                                      const ScheduleTables &tables) {
  Operation *op = findCandidates(module, key);
  if (!op)
    return false;
  auto candidates = op->getAttrOfType<CandidatesAttr>(kCandidatesAttrName);
  ArrayRef<tile::ScheduleAttr> left = candidates.getSchedules().drop_front();
  if (!left.empty()) {
    op->setAttr(kCandidatesAttrName,
                CandidatesAttr::get(op->getContext(), candidates.getKey(),
                                    candidates.getShape(), left));
    return true;
  }
  if (!canGoApart(op))
    return false;
  if (failed(Lister(target, tables).listApart(op, candidates.getKey())))
    return failure();
  return true;
}
