//===- KernelSharing.cpp - what one kernel can compute --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/KernelSharing.h"

#include "fovea/Dialect/Attn/IR/Attn.h"

using namespace mlir;
using namespace fovea::attn;

/// Takes what `next` says into `tiling`; false where they contradict one another in
/// heads.
static bool mergeHeads(KernelTiling &tiling, const KernelTiling &next) {
  auto merge = [](int64_t &known, int64_t said) {
    if (!known)
      known = said;
    return !said || known == said;
  };
  return merge(tiling.heads, next.heads) && merge(tiling.kvHeads, next.kvHeads);
}

KernelTiling fovea::attn::getKernelTiling(ArrayRef<Operation *> ops) {
  KernelTiling tiling{TilingKind::AnyRows};
  for (Operation *op : ops) {
    KernelTiling next = cast<KernelOpInterface>(op).getTiling();
    (void)mergeHeads(tiling, next);
    if (next.kind != TilingKind::AnyRows)
      tiling.kind = next.kind;
    if (next.cuSeqlens)
      tiling.cuSeqlens = next.cuSeqlens;
    if (next.keys)
      tiling.keys = next.keys;
    if (next.block)
      tiling.block = next.block;
    tiling.parts = std::max(tiling.parts, next.parts);
    tiling.readsKeys |= next.readsKeys;
    tiling.takesHeadsInParts |= next.takesHeadsInParts;
  }
  return tiling;
}

/// Whether a kernel may hand `operand`'s value over, which its producer computes in it.
static bool isPassedInside(OpOperand &operand) {
  auto result = cast<OpResult>(operand.get());
  TileForm taken = cast<KernelOpInterface>(operand.getOwner())
                       .getOperandForm(operand.getOperandNumber());
  return taken != TileForm::None &&
         taken == cast<KernelOpInterface>(result.getOwner())
                      .getResultForm(result.getResultNumber());
}

std::optional<KernelConflict>
fovea::attn::findKernelConflict(ArrayRef<Operation *> ops) {
  if (ops.size() < 2)
    return std::nullopt;
  KernelTiling tiling{TilingKind::AnyRows};
  Operation *anyRows = nullptr, *attention = nullptr; // the last of each
  for (Operation *op : ops) {
    KernelTiling next = cast<KernelOpInterface>(op).getTiling();
    if (next.kind != TilingKind::AnyRows && next.kind != TilingKind::Queries)
      return KernelConflict{op, "expected to be alone in its kernel, got " +
                                    std::to_string(ops.size()) + " operations"};
    if (next.kind == TilingKind::AnyRows)
      anyRows = op;
    if (next.readsKeys)
      attention = op;
    if (tiling.cuSeqlens && next.cuSeqlens && tiling.cuSeqlens != next.cuSeqlens)
      return KernelConflict{op, "expected one cu_seqlens in one kernel, got two"};
    if (next.cuSeqlens)
      tiling.cuSeqlens = next.cuSeqlens;
    KernelTiling before = tiling;
    if (!mergeHeads(tiling, next))
      return KernelConflict{op, "expected the same heads in one kernel, got " +
                                    std::to_string(next.heads) + " over " +
                                    std::to_string(next.kvHeads) + " beside " +
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
  if (anyRows && !attention)
    return KernelConflict{anyRows, "expected to be alone in its kernel, or with an "
                                   "attention in it, got neither"};
  return std::nullopt;
}
