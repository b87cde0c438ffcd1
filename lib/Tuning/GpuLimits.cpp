//===- GpuLimits.cpp - shapes that no kernel of a GPU has -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Each limit is that of an instruction or of a way to lay tiles out, whatever the
// schedule: checked before any is chosen, so that what is refused is refused at the
// operation, by the name that the parameter has in a spec. docs/gpu-target.md lists
// them.
//
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/GpuSchedule.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

using namespace mlir;
using namespace fovea;

/// Inner elements of a matrix instruction, and columns of its result in one
/// instruction.
static constexpr int64_t kDepth = 16, kMostColumns = 256;
/// Rows of a block; heads of a group, which a token's scores are summed over in parts.
static constexpr int64_t kMostRows = 192;
/// Keys of a key block.
static constexpr int64_t kMostKeys = 128;
/// Columns that a lane of a compression holds 32nds of.
static constexpr int64_t kMostCompressed = 1024;

static int64_t headsOf(Value packed) {
  return cast<RankedTensorType>(packed.getType()).getDimSize(1);
}
static int64_t dimOf(Value packed) {
  return cast<RankedTensorType>(packed.getType()).getDimSize(2);
}

/// Operands of matrix instructions: f16 or bf16, in columns that they take whole.
static LogicalResult verifyOperands(Operation *op, ArrayRef<Value> packed) {
  for (Value value : packed) {
    Type type = cast<RankedTensorType>(value.getType()).getElementType();
    if (!type.isF16() && !type.isBF16())
      return op->emitOpError() << "expected f16 or bf16 on a GPU, got " << type;
    if (dimOf(value) % kDepth != 0)
      return op->emitOpError()
             << "expected " << kDepth << " to divide the head dims on a GPU, got "
             << dimOf(value);
  }
  return success();
}

static LogicalResult verifyAttend(attn::AttendOp op) {
  if (failed(verifyOperands(op, {op.getQ(), op.getK(), op.getV()})))
    return failure();
  if (op.getGroupSize() > kMostRows)
    return op.emitOpError() << "expected at most " << kMostRows
                            << " query heads per KV head on a GPU, got "
                            << op.getGroupSize();
  int64_t block = op.getKeys().getIndexBlock();
  if (block % kDepth != 0)
    return op.emitOpError()
           << "expected " << kDepth
           << " to divide the selection block on a GPU, whose key tiles are consecutive "
              "rows (a tile of several listed blocks would have to be gathered), got "
              "block = "
           << block;
  return success();
}

static LogicalResult verifyScores(attn::ScoreBlocksOp op) {
  if (failed(verifyOperands(op, {op.getQ(), op.getKc()})))
    return failure();
  int64_t group = headsOf(op.getQ()) / headsOf(op.getKc());
  if (group > kMostRows)
    return op.emitOpError()
           << "expected at most " << kMostRows
           << " query heads per KV head, whose scores are summed, on a "
              "GPU, got "
           << group;
  int64_t block = op.getWindows().getBlock(), stride = op.getWindows().getStride();
  int64_t into = op.getBlocks().getBlock(), perBlock = into / stride;
  if (std::lcm<int64_t>(tile::kLanes, perBlock) > kMostKeys)
    return op.emitOpError() << "expected compressed keys per selection block of which "
                            << kMostKeys << " or fewer make multiples of "
                            << tile::kLanes << " on a GPU, got " << perBlock
                            << " for block = " << into << " and stride = " << stride;
  if (tile::BandSumOp::getHalo(block, stride, into) * perBlock > kMostKeys)
    return op.emitOpError() << "expected a window to reach into selection blocks of at "
                               "most "
                            << kMostKeys
                            << " compressed keys on a GPU, got block = " << block
                            << ", stride = " << stride << " and selection blocks of "
                            << into;
  return success();
}

static LogicalResult verifyIndex(attn::IndexBlocksOp op) {
  if (failed(verifyOperands(op, {op.getIq(), op.getIk()})))
    return failure();
  if (op.getGroupSize() > kMostRows)
    return op.emitOpError() << "expected at most " << kMostRows
                            << " index heads per KV head, whose scores are summed, on a "
                               "GPU, got "
                            << op.getGroupSize();
  int64_t keys = op.getKeysPerBlock();
  if (std::lcm<int64_t>(kDepth, keys) > kMostColumns)
    return op.emitOpError() << "expected index keys per selection block of which "
                            << kMostColumns << " or fewer make multiples of " << kDepth
                            << " on a GPU, got " << keys << " for block = "
                            << op.getBlocks().getBlock() << " and stride = "
                            << op.getKeys().getKeyStride();
  return success();
}

static LogicalResult verifyTopk(attn::SelectTopkOp op) {
  if (int64_t(op.getCount()) > tile::kMostTopk)
    return op.emitOpError() << "expected a count of at most " << tile::kMostTopk
                            << " on a GPU, got " << op.getCount();
  return success();
}

static LogicalResult verifyCombine(attn::CombineOp op) {
  if (dimOf(op.getOut()) % 8 != 0)
    return op.emitOpError() << "expected 8 to divide the head dim on a GPU, got "
                            << dimOf(op.getOut());
  if (dimOf(op.getOut()) > kMostColumns) // a thread's registers
    return op.emitOpError() << "expected a head dim of at most " << kMostColumns
                            << " on a GPU, got " << dimOf(op.getOut());
  return success();
}

static LogicalResult verifyCompress(attn::CompressOp op) {
  int64_t dim = dimOf(op.getInput()), hidden = op.getPhi().getHidden();
  attn::PhiKind kind = op.getPhi().getKind();
  if (kind != attn::PhiKind::Linear && kind != attn::PhiKind::Mlp) {
    if (dim > kMostCompressed)
      return op.emitOpError() << "expected a head dim of at most " << kMostCompressed
                              << " on a GPU, got " << dim;
    return success();
  }
  if (failed(verifyOperands(op, {op.getInput()})))
    return failure();
  if (dim > kMostColumns)
    return op.emitOpError() << "expected a head dim of at most " << kMostColumns
                            << " for products with phi's matrices on a GPU, got "
                            << dim;
  if (hidden % kDepth != 0 || hidden > kMostColumns)
    return op.emitOpError() << "expected hidden to be a multiple of " << kDepth
                            << " of at most " << kMostColumns << " on a GPU, got "
                            << hidden;
  return success();
}

LogicalResult tuning::verifyGpuShape(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    LogicalResult fits =
        llvm::TypeSwitch<Operation *, LogicalResult>(op)
            .Case([](attn::AttendOp op) { return verifyAttend(op); })
            .Case([](attn::ScoreBlocksOp op) { return verifyScores(op); })
            .Case([](attn::IndexBlocksOp op) { return verifyIndex(op); })
            .Case([](attn::SelectTopkOp op) { return verifyTopk(op); })
            .Case([](attn::CombineOp op) { return verifyCombine(op); })
            .Case([](attn::CompressOp op) { return verifyCompress(op); })
            .Case<attn::GroupOp, attn::YieldOp>([](auto) { return success(); })
            .Default([](Operation *op) {
              return op->emitOpError() << "expected an operation of a kernel";
            });
    return failed(fits) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
