//===- RowFacts.cpp - what the operations take and give -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The shapes tables of the operations' descriptions, for code. An operand is asked for
// by number, never by value: one value may be q, k and v at once.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace fovea;
using namespace fovea::attn;

#include "fovea/Dialect/Attn/IR/KernelOpInterface.cpp.inc"

static RowFacts tokens(llvm::StringRef name, int64_t perRow = 1) {
  return {name, RowCount::ofTokens(perRow)};
}
/// Of the keys of an operation over `sequences`: those of a batch are tokens of its
/// own.
static RowFacts keyTokens(llvm::StringRef name, int64_t perRow, mlir::Value sequences) {
  RowFacts facts = tokens(name, perRow);
  if (isBatch(sequences))
    facts.rows = facts.rows.toKeys();
  return facts;
}
/// The same where kernels take them from pages (attn.gather_pages).
static RowFacts pagedTokens(llvm::StringRef name, int64_t perRow,
                            mlir::Value sequences) {
  RowFacts facts = keyTokens(name, perRow, sequences);
  facts.mayLieInPages = true;
  return facts;
}
static RowFacts sequenceEnds() { return {"cu_seqlens", RowCount::ofSequenceEnds()}; }
/// The one array whose columns the batch counts too: a block of tokens in each.
static RowFacts scores(SelectedAttr blocks) {
  return {"scores", RowCount::ofTokens(), int64_t(blocks.getBlock())};
}

RowFacts CompressOp::getOperandRows(unsigned operand) {
  if (operand == 0)
    return keyTokens("input", 1, getCuSeqlens());
  if (operand == 1)
    return sequenceEnds();
  bool isPosition = getPositions() && operand + 1 == getNumOperands();
  return {isPosition ? "positions" : "a parameter", RowCount()};
}

RowFacts CompressOp::getResultRows(unsigned) {
  return keyTokens("output", getWindows().getStride(), getCuSeqlens());
}

RowFacts AttendOp::getOperandRows(unsigned operand) {
  switch (operand) {
  case 0:
    return tokens("q");
  case 1:
    return pagedTokens("k", getKeys().getKeyStride(), getCuSeqlens());
  case 2:
    return pagedTokens("v", getKeys().getKeyStride(), getCuSeqlens());
  case 3:
    return sequenceEnds();
  default:
    break;
  }
  if (getIndices() && operand == 4)
    return tokens("indices");
  bool isSink = getSinks() && operand == (getIndices() ? 5 : 4);
  return {isSink ? "sinks" : "a learned value", RowCount()};
}

RowFacts AttendOp::getResultRows(unsigned result) {
  return tokens(result == 0 ? "out" : "lse");
}

RowFacts ScoreBlocksOp::getOperandRows(unsigned operand) {
  switch (operand) {
  case 0:
    return tokens("q");
  case 1:
    return pagedTokens("kc", getWindows().getStride(), getCuSeqlens());
  case 2:
    return tokens("lse");
  case 3:
    return sequenceEnds();
  default:
    return {"a learned value", RowCount()};
  }
}

RowFacts ScoreBlocksOp::getResultRows(unsigned) { return scores(getBlocks()); }

RowFacts IndexBlocksOp::getOperandRows(unsigned operand) {
  switch (operand) {
  case 0:
    return tokens("iq");
  case 1:
    return pagedTokens("ik", getKeys().getKeyStride(), getCuSeqlens());
  case 2:
    return sequenceEnds();
  default:
    return tokens("weights");
  }
}

RowFacts IndexBlocksOp::getResultRows(unsigned) { return scores(getBlocks()); }

RowFacts SelectTopkOp::getOperandRows(unsigned operand) {
  return operand == 0 ? scores(getBlocks()) : sequenceEnds();
}

RowFacts SelectTopkOp::getResultRows(unsigned) { return tokens("indices"); }

RowFacts CombineOp::getOperandRows(unsigned operand) {
  size_t branches = getBranches().size();
  return tokens(operand < branches    ? "a branch"
                : operand == branches ? "gates"
                                      : "base");
}

RowFacts CombineOp::getResultRows(unsigned) { return tokens("out"); }

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

RowFacts AttendDeltaOp::getOperandRows(unsigned operand) {
  return tokens(operand == 0 ? "dout" : operand == 1 ? "out" : "dlse");
}

RowFacts AttendDeltaOp::getResultRows(unsigned) { return tokens("delta"); }

/// The number of the first operand behind those that the gradients of an attention
/// share.
static constexpr unsigned kFirstList = 7;

/// Of attend_grad_q and attend_grad_kv, which take the same but for the `lists`.
template <typename OpT>
static RowFacts getAttendGradRows(OpT op, unsigned operand,
                                  llvm::ArrayRef<llvm::StringLiteral> lists) {
  int64_t keyStride = op.getKeys().getKeyStride();
  switch (operand) {
  case 0:
    return tokens("q");
  case 1:
    return keyTokens("k", keyStride, op.getCuSeqlens());
  case 2:
    return keyTokens("v", keyStride, op.getCuSeqlens());
  case 3:
    return sequenceEnds();
  case 4:
    return tokens("dout");
  case 5:
    return tokens("lse");
  case 6:
    return tokens("delta");
  default:
    if (operand - kFirstList < lists.size())
      return tokens(lists[operand - kFirstList]);
    return {"a learned value", RowCount()};
  }
}

RowFacts AttendGradQOp::getOperandRows(unsigned operand) {
  llvm::SmallVector<llvm::StringLiteral, 2> lists;
  if (getIndices())
    lists.push_back("indices");
  if (getBase())
    lists.push_back("base");
  return getAttendGradRows(*this, operand, lists);
}

RowFacts AttendGradQOp::getResultRows(unsigned result) {
  return tokens(result == 0 ? "dq" : "the gradient of a learned value");
}

RowFacts AttendGradKVOp::getOperandRows(unsigned operand) {
  if (getBounds() && operand == kFirstList)
    return keyTokens("bounds", 1, getCuSeqlens());
  static constexpr llvm::StringLiteral lists[] = {"bounds", "entries"};
  return getAttendGradRows(*this, operand,
                           llvm::ArrayRef(lists).take_front(getBounds() ? 2 : 0));
}

RowFacts AttendGradKVOp::getResultRows(unsigned result) {
  return keyTokens(result == 0 ? "dk" : "dv", getKeys().getKeyStride(), getCuSeqlens());
}

RowFacts InvertListsOp::getOperandRows(unsigned operand) {
  if (operand == 2)
    return keyTokens("k", 1, getCuSeqlens());
  return operand == 0 ? tokens("indices") : sequenceEnds();
}

RowFacts InvertListsOp::getResultRows(unsigned result) {
  return result == 0 ? keyTokens("bounds", 1, getCuSeqlens()) : tokens("entries");
}

RowFacts AttendGradSinksOp::getOperandRows(unsigned operand) {
  if (operand == 3)
    return sequenceEnds();
  return operand == 0 ? RowFacts{"sinks", RowCount()}
                      : tokens(operand == 1 ? "lse" : "delta");
}

RowFacts AttendGradSinksOp::getResultRows(unsigned) { return {"dsinks", RowCount()}; }

RowFacts SumTokensOp::getOperandRows(unsigned operand) {
  return operand == 0 ? tokens("rows") : sequenceEnds();
}

RowFacts SumTokensOp::getResultRows(unsigned) { return {"sums", RowCount()}; }

/// Of the gradients of a compression, which take the same but for `hidden` values in
/// the end.
template <typename OpT>
static RowFacts getCompressGradRows(OpT op, unsigned operand, unsigned hidden) {
  int64_t stride = op.getWindows().getStride();
  switch (operand) {
  case 0:
    return keyTokens("dout", stride, op.getCuSeqlens());
  case 1:
    return keyTokens("input", 1, op.getCuSeqlens());
  case 2:
    return sequenceEnds();
  default:
    unsigned given = op->getNumOperands() - hidden;
    if (operand >= given)
      return keyTokens(operand == given ? "active" : "dhidden", stride,
                       op.getCuSeqlens());
    bool isPosition = op.getPositions() && operand + 1 == given;
    return {isPosition ? "positions" : "a parameter", RowCount()};
  }
}

RowFacts CompressGradHiddenOp::getOperandRows(unsigned operand) {
  return getCompressGradRows(*this, operand, /*hidden=*/0);
}

RowFacts CompressGradHiddenOp::getResultRows(unsigned result) {
  return keyTokens(result == 0 ? "active" : "dhidden", getWindows().getStride(),
                   getCuSeqlens());
}

RowFacts CompressGradInputOp::getOperandRows(unsigned operand) {
  return getCompressGradRows(*this, operand, getHidden().size());
}

RowFacts CompressGradInputOp::getResultRows(unsigned) {
  return keyTokens("dinput", 1, getCuSeqlens());
}

RowFacts CompressGradParamsOp::getOperandRows(unsigned operand) {
  return getCompressGradRows(*this, operand, getHidden().size());
}

RowFacts CompressGradParamsOp::getResultRows(unsigned) {
  return {"the gradient of a parameter", RowCount()};
}

RowFacts CombineGradGatesOp::getOperandRows(unsigned operand) {
  size_t firstLse = 2 + getBranches().size();
  if (operand == firstLse + getLses().size())
    return sequenceEnds();
  return tokens(operand == 0         ? "dout"
                : operand == 1       ? "gates"
                : operand < firstLse ? "a branch"
                                     : "an lse");
}

RowFacts CombineGradGatesOp::getResultRows(unsigned result) {
  return tokens(result == 0                   ? "dgates"
                : result <= getGated().size() ? "a gated lse"
                                              : "a delta");
}

RowFacts SumOp::getOperandRows(unsigned) {
  return {"a part", *parseRowCount(getRows())}; // sum_c3
}

RowFacts SumOp::getResultRows(unsigned) {
  return {"a sum", *parseRowCount(getRows())}; // sum_c3
}
