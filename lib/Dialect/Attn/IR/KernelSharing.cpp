//===- KernelSharing.cpp - what one kernel can compute --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/KernelSharing.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea::attn;

namespace {

/// The query rows that operations of a kernel agree in, as far as they are known.
struct QueryRows {
  int64_t heads = 0, kvHeads = 0; ///< 0: not known yet
  Value cuSeqlens;
};

} // namespace

static int64_t headsOf(Value packed) {
  return cast<RankedTensorType>(packed.getType()).getDimSize(1);
}

/// What `op` asks of the query rows; none if it is not over query rows of one sequence.
static std::optional<QueryRows> getQueryRows(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<QueryRows>>(op)
      .Case<AttendOp>([](auto attend) {
        return QueryRows{headsOf(attend.getQ()), headsOf(attend.getK()),
                         attend.getCuSeqlens()};
      })
      .Case<ScoreBlocksOp>([](auto scores) {
        return QueryRows{headsOf(scores.getQ()), headsOf(scores.getKc()),
                         scores.getCuSeqlens()};
      })
      .Case<IndexBlocksOp>([](auto scores) {
        return QueryRows{headsOf(scores.getIq()), headsOf(scores.getScores()),
                         scores.getCuSeqlens()};
      })
      .Case<SelectTopkOp>([](auto topk) {
        return QueryRows{0, headsOf(topk.getScores()), topk.getCuSeqlens()};
      })
      .Case<CombineOp>([](auto combine) {
        return QueryRows{headsOf(combine.getOut()), 0, Value()};
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// Takes what `next` says into `rows`; false where they contradict one another.
static bool agree(QueryRows &rows, const QueryRows &next) {
  auto merge = [](auto &known, const auto &said) {
    if (!known)
      known = said;
    return !said || known == said;
  };
  return merge(rows.heads, next.heads) && merge(rows.kvHeads, next.kvHeads);
}

/// Whether a kernel may hand `operand`'s value over as a tile.
static bool isPassedInside(OpOperand &operand) {
  Operation *producer = operand.get().getDefiningOp();
  if (auto combine = dyn_cast<CombineOp>(operand.getOwner()))
    return isa<AttendOp, CombineOp>(producer) &&
           operand.getOperandNumber() < combine.getBranches().size();
  return isa<SelectTopkOp>(operand.getOwner()) &&
         isa<ScoreBlocksOp, IndexBlocksOp>(producer);
}

std::optional<KernelConflict>
fovea::attn::findKernelConflict(ArrayRef<Operation *> ops) {
  if (ops.size() < 2)
    return std::nullopt;
  QueryRows rows;
  Operation *combine = nullptr, *attention = nullptr; // the last of each
  for (Operation *op : ops) {
    if (isa<CombineOp>(op))
      combine = op;
    else if (!isa<SelectTopkOp>(op))
      attention = op;
    std::optional<QueryRows> next = getQueryRows(op);
    if (!next)
      return KernelConflict{op, "expected to be alone in its kernel, got " +
                                    std::to_string(ops.size()) + " operations"};
    if (rows.cuSeqlens && next->cuSeqlens && rows.cuSeqlens != next->cuSeqlens)
      return KernelConflict{op, "expected one cu_seqlens in one kernel, got two"};
    if (next->cuSeqlens)
      rows.cuSeqlens = next->cuSeqlens;
    QueryRows before = rows;
    if (!agree(rows, *next))
      return KernelConflict{op, "expected the same heads in one kernel, got " +
                                    std::to_string(next->heads) + " over " +
                                    std::to_string(next->kvHeads) + " beside " +
                                    std::to_string(before.heads) + " over " +
                                    std::to_string(before.kvHeads)};
    for (OpOperand &operand : op->getOpOperands())
      if (llvm::is_contained(ops, operand.get().getDefiningOp()) &&
          !isPassedInside(operand))
        return KernelConflict{
            op, "expected operand " + std::to_string(operand.getOperandNumber()) +
                    " to be computed outside of its kernel, got a result of " +
                    operand.get().getDefiningOp()->getName().getStringRef().str()};
  }
  if (combine && !attention)
    return KernelConflict{combine, "expected to be alone in its kernel, or with an "
                                   "attention in it, got neither"};
  return std::nullopt;
}
