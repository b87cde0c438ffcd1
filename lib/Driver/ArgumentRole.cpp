//===- ArgumentRole.cpp - what an argument means --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ArgumentRole.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/Evaluate.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace fovea;
using mlir::Value;

std::vector<int64_t> ArrayInfo::getShape(int64_t tokens, int64_t sequences) const {
  std::vector<int64_t> result = shape;
  for (auto [axis, size] : llvm::enumerate(result)) {
    if (!mlir::ShapedType::isDynamic(size))
      continue;
    if (role == Role::CuSeqlens)
      size = sequences + 1;
    else if (axis == 0)
      size = tokens / tokensPerRow;
    else // a row of block scores
      size = block ? (tokens + block - 1) / block : 0;
  }
  return result;
}

static ArrayInfo makeInfo(mlir::Attribute name, const std::string &fallback,
                          mlir::Type type) {
  auto tensor = mlir::cast<mlir::RankedTensorType>(type);
  auto given = mlir::dyn_cast_or_null<mlir::StringAttr>(name);
  return ArrayInfo{given ? given.str() : fallback, *reference::getElementType(type),
                   tensor.getShape().vec()};
}

/// Learns about `info` from one use of its value.
static void applyUse(mlir::OpOperand &use, ArrayInfo &info) {
  Value value = use.get();
  llvm::TypeSwitch<mlir::Operation *>(use.getOwner())
      .Case<attn::CompressOp>([&](auto op) {
        if (value == op.getCuSeqlens())
          info.role = Role::CuSeqlens;
        else if (value != op.getInput())
          info.role = Role::Parameter;
      })
      .Case<attn::AttendOp>([&](auto op) {
        if (value == op.getCuSeqlens())
          info.role = Role::CuSeqlens;
        if (value == op.getK() || value == op.getV())
          info.tokensPerRow = op.getKeys().getKeyStride();
        if (value == op.getIndices()) {
          info.role = Role::Indices;
          info.block = op.getKeys().getIndexBlock();
        }
      })
      .Case<attn::ScoreBlocksOp>([&](auto op) {
        if (value == op.getCuSeqlens())
          info.role = Role::CuSeqlens;
        if (value == op.getKc())
          info.tokensPerRow = op.getWindows().getStride();
      })
      .Case<attn::SelectTopkOp>([&](auto op) {
        if (value == op.getCuSeqlens())
          info.role = Role::CuSeqlens;
        else
          info.block = op.getBlocks().getBlock();
      })
      .Case<attn::CombineOp>([&](auto op) {
        if (value == op.getGates() && op.getMode() == attn::GateMode::Values)
          info.role = Role::GateValues;
      });
}

ArrayInfo fovea::getInputInfo(mlir::func::FuncOp function, unsigned i) {
  mlir::BlockArgument argument = function.getArgument(i);
  ArrayInfo info = makeInfo(function.getArgAttr(i, "attn.name"),
                            "input" + std::to_string(i), argument.getType());
  for (mlir::OpOperand &use : argument.getUses())
    applyUse(use, info);
  return info;
}

Value fovea::lookThroughGroups(Value value) {
  auto group = value.getDefiningOp<attn::GroupOp>();
  if (!group)
    return value;
  auto index = mlir::cast<mlir::OpResult>(value).getResultNumber();
  return lookThroughGroups(group.getBody().front().getTerminator()->getOperand(index));
}

ArrayInfo fovea::getOutputInfo(mlir::func::FuncOp function, unsigned i) {
  Value value = function.getBody().front().getTerminator()->getOperand(i);
  ArrayInfo info = makeInfo(function.getResultAttr(i, "attn.name"),
                            "output" + std::to_string(i), value.getType());
  mlir::Operation *producer = lookThroughGroups(value).getDefiningOp();
  if (auto compress = mlir::dyn_cast_or_null<attn::CompressOp>(producer))
    info.tokensPerRow = compress.getWindows().getStride();
  if (auto scores = mlir::dyn_cast_or_null<attn::ScoreBlocksOp>(producer))
    info.block = scores.getBlocks().getBlock();
  if (auto select = mlir::dyn_cast_or_null<attn::SelectTopkOp>(producer)) {
    info.role = Role::Indices;
    info.block = select.getBlocks().getBlock();
  }
  return info;
}
