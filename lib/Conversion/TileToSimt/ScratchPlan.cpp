//===- ScratchPlan.cpp - whose rows lie at one place of scratch -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ScratchPlan.h"

#include "KernelFrame.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea::tile;
using namespace fovea::tile_to_simt;

namespace {
/// From where to where in a block an operation's rows are in scratch.
struct Life {
  Value rows;             ///< null where nobody reads them but the operation
  Operation *first;       ///< that may write them
  Operation *last;        ///< that may read them
  bool isCarried = false; ///< beyond the block
};
} // namespace

/// What hands on `rows` as its own result: a branch whose region ends with them.
static Value findBranchResult(Value rows) {
  if (!rows.hasOneUse())
    return {};
  OpOperand &use = *rows.use_begin();
  auto yield = dyn_cast<scf::YieldOp>(use.getOwner());
  auto branch = yield ? dyn_cast<scf::IfOp>(yield->getParentOp()) : scf::IfOp();
  return branch ? Value(branch.getResult(use.getOperandNumber())) : Value();
}

static Life findLife(Operation *op) {
  auto sum = dyn_cast<ReduceOp>(op);
  if (!sum || !encodingOf<ScratchAttr>(sum.getResult()))
    return {{}, op, op};
  Value rows = sum.getResult();
  while (Value result = findBranchResult(rows))
    rows = result;
  Life life{rows, rows.getDefiningOp(), rows.getDefiningOp()};
  for (Operation *user : rows.getUsers()) {
    Operation *reader = life.first->getBlock()->findAncestorOpInBlock(*user);
    life.isCarried |= reader->hasTrait<OpTrait::IsTerminator>();
    if (life.last->isBeforeInBlock(reader))
      life.last = reader;
  }
  return life;
}

/// Whether `op` runs while the rows of `life` are in scratch.
static bool runsDuring(Operation *op, const Life &life) {
  Operation *inBlock = life.first->getBlock()->findAncestorOpInBlock(*op);
  return inBlock && !inBlock->isBeforeInBlock(life.first) &&
         !life.last->isBeforeInBlock(inBlock);
}

static bool clash(const Life &x, const Life &y) {
  if (x.rows && x.rows == y.rows) // in regions of one branch
    return false;
  return x.isCarried || y.isCarried || runsDuring(y.first, x) || runsDuring(x.first, y);
}

RankedTensorType fovea::tile_to_simt::getScratchRows(Operation *op) {
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    RankedTensorType result = tileType(reduce.getResult());
    if (encodingOf<ScratchAttr>(reduce.getResult()))
      return result;
    auto columns = encodingOf<FragmentColumnsAttr>(reduce.getResult());
    if (!columns)
      return {};
    return RankedTensorType::get({columns.getWarps(), result.getDimSize(0)},
                                 result.getElementType());
  }
  auto best = dyn_cast<BlockMaxOp>(op);
  return best && encodingOf<FragmentAttr>(best.getInput()) ? tileType(best.getScores())
                                                           : RankedTensorType();
}

SmallVector<SmallVector<Operation *>>
fovea::tile_to_simt::groupScratch(KernelOp kernel) {
  SmallVector<SmallVector<Operation *>> groups;
  kernel.walk([&](Operation *op) {
    RankedTensorType type = getScratchRows(op);
    if (!type)
      return;
    auto *found = llvm::find_if(groups, [&](ArrayRef<Operation *> group) {
      return getScratchRows(group.front()) == type &&
             llvm::none_of(group, [&](Operation *other) {
               return clash(findLife(op), findLife(other));
             });
    });
    if (found == groups.end())
      found = &groups.emplace_back();
    found->push_back(op);
  });
  return groups;
}
