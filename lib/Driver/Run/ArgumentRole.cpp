//===- ArgumentRole.cpp - what an argument means --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ArgumentRole.h"

#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Reference/Evaluate.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace fovea;
using mlir::Value;

std::vector<int64_t> ArrayInfo::getShape(int64_t tokens, int64_t sequences) const {
  std::vector<int64_t> result = shape;
  for (auto [axis, size] : llvm::enumerate(result)) {
    if (!mlir::ShapedType::isDynamic(size))
      continue;
    if (axis == 0)
      size = rows.getRows(size, tokens, sequences);
    else // a row of block scores
      size = block ? (tokens + block - 1) / block : 0;
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

/// Learns about `info` from one use of its value.
static void applyUse(mlir::OpOperand &use, ArrayInfo &info) {
  Value value = use.get();
  llvm::TypeSwitch<mlir::Operation *>(use.getOwner())
      .Case<attn::CompressOp>([&](auto op) {
        if (value != op.getInput() && value != op.getCuSeqlens())
          info.role = Role::Parameter;
      })
      .Case<attn::AttendOp>([&](auto op) {
        if (value == op.getIndices()) {
          info.role = Role::Indices;
          // Numbers of the largest blocks are numbers of smaller ones too.
          info.block = std::max(info.block, int64_t(op.getKeys().getIndexBlock()));
        }
      })
      .Case<attn::SelectTopkOp>([&](auto op) {
        if (value == op.getScores())
          info.block = op.getBlocks().getBlock();
      })
      .Case<attn::CombineOp>([&](auto op) {
        if (value == op.getGates() && op.getMode() == attn::GateMode::Values)
          info.role = Role::GateValues;
      });
}

ArrayInfo fovea::getInputInfo(mlir::func::FuncOp function, unsigned i) {
  mlir::BlockArgument argument = function.getArgument(i);
  ArrayInfo info = makeInfo(function.getArgAttrDict(i), "input" + std::to_string(i),
                            argument.getType());
  if (info.rows.kind == RowKind::SequenceEnds)
    info.role = Role::CuSeqlens;
  for (mlir::OpOperand &use : argument.getUses())
    applyUse(use, info);
  return info;
}

ArrayInfo fovea::getOutputInfo(mlir::func::FuncOp function, unsigned i) {
  Value value = function.getBody().front().getTerminator()->getOperand(i);
  ArrayInfo info = makeInfo(function.getResultAttrDict(i), "output" + std::to_string(i),
                            value.getType());
  mlir::Operation *producer = attn::lookThroughGroups(value).getDefiningOp();
  if (auto scores = mlir::dyn_cast_or_null<attn::ScoreBlocksOp>(producer))
    info.block = scores.getBlocks().getBlock();
  if (auto scores = mlir::dyn_cast_or_null<attn::IndexBlocksOp>(producer))
    info.block = scores.getBlocks().getBlock();
  if (auto select = mlir::dyn_cast_or_null<attn::SelectTopkOp>(producer)) {
    info.role = Role::Indices;
    info.block = select.getBlocks().getBlock();
  }
  return info;
}
