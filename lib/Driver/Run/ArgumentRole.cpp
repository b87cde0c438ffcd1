//===- ArgumentRole.cpp - what an argument means --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ArgumentRole.h"

#include "PageTables.h"
#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Reference/Evaluate.h"

#include <algorithm>

using namespace fovea;
using llvm::Error;
using mlir::Value;

std::vector<int64_t> ArrayInfo::getShape(const BatchSizes &sizes) const {
  std::vector<int64_t> result = shape;
  for (auto [axis, size] : llvm::enumerate(result)) {
    if (!mlir::ShapedType::isDynamic(size))
      continue;
    if (axis == 0 && rows.kind == RowKind::Pages)
      size = pages ? countPages(sizes.getKeyTokens(), tokensPerPage) : 0;
    else if (axis == 0)
      size = rows.getRows(size, sizes);
    else // a row of block scores
      size = block ? (sizes.getKeyTokens() + block - 1) / block : 0;
  }
  return result;
}

/// What the attributes of an argument or result, and its type, say of it.
static ArrayInfo makeInfo(mlir::DictionaryAttr attributes, const std::string &fallback,
                          mlir::Type type) {
  auto tensor = mlir::cast<mlir::RankedTensorType>(type);
  auto name = attributes.getAs<mlir::StringAttr>(attn::kNameAttrName);
  auto rows = attributes.getAs<mlir::StringAttr>(attn::kRowsAttrName);
  return ArrayInfo{name ? name.str() : fallback, *reference::getElementType(type),
                   tensor.getShape().vec(), *parseRowCount(rows.getValue())};
}

/// Tokens of a page, which the rows of its table count.
static int64_t getTokensPerPage(attn::GatherPagesOp pages) {
  auto table = mlir::cast<mlir::BlockArgument>(pages.getTable());
  auto function = mlir::cast<mlir::func::FuncOp>(table.getOwner()->getParentOp());
  auto rows = function.getArgAttrOfType<mlir::StringAttr>(table.getArgNumber(),
                                                          attn::kRowsAttrName);
  return parseRowCount(rows.getValue())->tokensPerRow;
}

/// Learns about `info` from one use of its value.
static void applyUse(mlir::OpOperand &use, ArrayInfo &info) {
  if (auto pages = mlir::dyn_cast<attn::GatherPagesOp>(use.getOwner())) {
    if (use.get() == pages.getTable()) {
      info.role = Role::PageTable;
    } else {
      info.pages = pages;
      info.tokensPerPage = getTokensPerPage(pages);
    }
    return;
  }
  auto op = mlir::dyn_cast<attn::KernelOpInterface>(use.getOwner());
  if (!op)
    return; // a return, or a group's yield
  unsigned operand = use.getOperandNumber();
  ValueRole said = mlir::cast<NumericsOpInterface>(*op).getOperandRole(operand);
  if (said.role != Role::Rows)
    info.role = said.role;
  // Numbers of the largest blocks are numbers of smaller ones too.
  info.block = std::max({info.block, said.block, op.getOperandRows(operand).block});
}

Error fovea::checkRoles(mlir::func::FuncOp function) {
  Error error = Error::success();
  function.walk([&](attn::KernelOpInterface op) {
    if (mlir::isa<NumericsOpInterface>(*op))
      return mlir::WalkResult::advance();
    error = llvm::joinErrors(
        std::move(error),
        llvm::createStringError(op->getName().getStringRef() +
                                ": expected values for its operands and bounds of its "
                                "errors, got none: see docs/adding-an-operation.md"));
    return mlir::WalkResult::interrupt();
  });
  return error;
}

ArrayInfo fovea::getInputInfo(mlir::func::FuncOp function, unsigned i) {
  mlir::BlockArgument argument = function.getArgument(i);
  ArrayInfo info = makeInfo(function.getArgAttrDict(i), "input" + std::to_string(i),
                            argument.getType());
  if (info.rows.kind == RowKind::SequenceEnds)
    info.role = Role::CuSeqlens;
  if (info.rows.kind == RowKind::Sequences)
    info.role = Role::Lengths;
  for (mlir::OpOperand &use : argument.getUses())
    applyUse(use, info);
  return info;
}

ArrayInfo fovea::getOutputInfo(mlir::func::FuncOp function, unsigned i) {
  Value value = function.getBody().front().getTerminator()->getOperand(i);
  ArrayInfo info = makeInfo(function.getResultAttrDict(i), "output" + std::to_string(i),
                            value.getType());
  Value inner = attn::lookThroughGroups(value);
  if (auto op = inner.getDefiningOp<attn::KernelOpInterface>()) {
    unsigned result = mlir::cast<mlir::OpResult>(inner).getResultNumber();
    ValueRole said = mlir::cast<NumericsOpInterface>(*op).getResultRole(result);
    info.role = said.role;
    info.block = std::max(said.block, op.getResultRows(result).block);
  }
  return info;
}
