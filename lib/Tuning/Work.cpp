//===- Work.cpp - how much a kernel must do -------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Work.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace fovea;
using tuning::Work;

static int64_t sizeOf(Value tensor, unsigned axis) {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
}

namespace {

/// Adds up the operations of one kernel.
class WorkCounter {
public:
  WorkCounter(Operation *root, int64_t tokens, int64_t tileTokens)
      : root(root), tokens(tokens), tileTokens(tileTokens) {}

  void count(Operation *op);
  Work work;

private:
  void countCompress(attn::CompressOp op);
  void countAttend(attn::AttendOp op);
  void countScores(attn::ScoreBlocksOp op);
  void countIndex(attn::IndexBlocksOp op);

  /// Matrix products and softmax of `pairs` pairs of each head; `k` and `v`, which may
  /// be null, are what tiles read.
  void countPairs(double pairs, Value q, Value k, Value v);
  /// An array of `rows` rows that the kernel reads, unless it computed it itself.
  void read(Value tensor, int64_t rows);
  /// One that it writes, if anything outside reads it.
  void write(Value tensor, int64_t rows);
  void addArray(Value tensor, int64_t rows);
  int64_t blocksOf(attn::SelectedAttr blocks) const {
    return llvm::divideCeil(tokens, blocks.getBlock());
  }

  Operation *root;
  int64_t tokens, tileTokens;
  int64_t scoreColumns = 1; ///< of the score matrix, whose row is not static
  llvm::SmallPtrSet<Value, 8> counted;
};

} // namespace

static int64_t elementBytes(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth() / 8;
}

void WorkCounter::addArray(Value tensor, int64_t rows) {
  if (!counted.insert(tensor).second)
    return;
  double elements = 1;
  auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
  for (auto [axis, size] : llvm::enumerate(shape))
    elements *= !ShapedType::isDynamic(size) ? size : axis == 0 ? rows : scoreColumns;
  work.bytes += elements * elementBytes(tensor);
}

void WorkCounter::read(Value tensor, int64_t rows) {
  Operation *producer = tensor.getDefiningOp();
  if (!producer || !root->isProperAncestor(producer))
    addArray(tensor, rows);
}

void WorkCounter::write(Value tensor, int64_t rows) {
  auto leaves = [&](OpOperand &use) {
    if (tensor.getDefiningOp() == root)
      return true;
    return isa<attn::YieldOp>(use.getOwner()) &&
           !root->getResult(use.getOperandNumber()).use_empty();
  };
  if (llvm::any_of(tensor.getUses(), leaves))
    addArray(tensor, rows);
}

void WorkCounter::countPairs(double pairs, Value q, Value k, Value v) {
  double columns = sizeOf(k, 2) + (v ? sizeOf(v, 2) : 0);
  work.flops += 2 * pairs * sizeOf(q, 1) * columns;
  work.exps += pairs * sizeOf(q, 1);
  work.keyBytes +=
      pairs / std::min(tileTokens, tokens) * sizeOf(k, 1) * columns * elementBytes(k);
}

void WorkCounter::countCompress(attn::CompressOp op) {
  attn::PhiAttr phi = op.getPhi();
  double windows = op.getWindows().getNumKeys(tokens) * sizeOf(op.getInput(), 1);
  double rows = op.getWindows().getBlock(), dim = sizeOf(op.getInput(), 2);
  if (phi.getKind() == attn::PhiKind::Linear)
    work.flops += 2 * windows * rows * dim * dim;
  if (phi.getKind() == attn::PhiKind::Mlp)
    work.flops += 2 * windows * (rows + 1) * dim * phi.getHidden();
  read(op.getInput(), tokens);
  for (Value parameter : op.getParams())
    read(parameter, /*rows=*/0);
  if (op.getPositions())
    read(op.getPositions(), /*rows=*/0);
  write(op.getOutput(), tokens / op.getWindows().getStride());
}

void WorkCounter::countAttend(attn::AttendOp op) {
  Value indices = op.getIndices();
  double pairs = op.getKeys().getCost(tokens, indices ? sizeOf(indices, 2) : 0);
  countPairs(pairs, op.getQ(), op.getK(), op.getV());
  int64_t keys = tokens / op.getKeys().getKeyStride();
  read(op.getQ(), tokens);
  read(op.getK(), keys);
  read(op.getV(), keys);
  if (indices)
    read(indices, tokens);
  write(op.getOut(), tokens);
  write(op.getLse(), tokens);
}

void WorkCounter::countScores(attn::ScoreBlocksOp op) {
  double pairs = op.getWindows().getCost(tokens, /*count=*/0);
  countPairs(pairs, op.getQ(), op.getKc(), /*v=*/{});
  scoreColumns = blocksOf(op.getBlocks());
  read(op.getQ(), tokens);
  read(op.getKc(), tokens / op.getWindows().getStride());
  read(op.getLse(), tokens);
  write(op.getScores(), tokens);
}

/// Products alone: nothing is exponentiated.
void WorkCounter::countIndex(attn::IndexBlocksOp op) {
  double pairs = op.getKeys().getCost(tokens, /*count=*/0);
  double dim = sizeOf(op.getIk(), 2), kvHeads = sizeOf(op.getScores(), 1);
  work.flops += 2 * pairs * sizeOf(op.getIq(), 1) * dim;
  work.keyBytes += pairs / std::min(tileTokens, tokens) * kvHeads * dim *
                   elementBytes(op.getIk());
  scoreColumns = blocksOf(op.getBlocks());
  read(op.getIq(), tokens);
  read(op.getIk(), tokens / op.getKeys().getKeyStride());
  if (op.getWeights())
    read(op.getWeights(), tokens);
  write(op.getScores(), tokens);
}

void WorkCounter::count(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<attn::CompressOp>([&](auto compress) { countCompress(compress); })
      .Case<attn::AttendOp>([&](auto attend) { countAttend(attend); })
      .Case<attn::ScoreBlocksOp>([&](auto scores) { countScores(scores); })
      .Case<attn::IndexBlocksOp>([&](auto scores) { countIndex(scores); })
      .Case<attn::SelectTopkOp>([&](auto topk) {
        scoreColumns = blocksOf(topk.getBlocks());
        read(topk.getScores(), tokens);
        write(topk.getIndices(), tokens);
      })
      .Case<attn::CombineOp>([&](auto combine) {
        for (Value branch : combine.getBranches())
          read(branch, tokens);
        read(combine.getGates(), tokens);
        write(combine.getOut(), tokens);
      });
}

Work tuning::countWork(Operation *root, int64_t tokens, int64_t tileTokens) {
  WorkCounter counter(root, tokens, tileTokens);
  root->walk([&](Operation *op) { counter.count(op); });
  return counter.work;
}

/// Counts fit i64 but for absurd sequences, of which the most is said that does.
static int64_t toInteger(double count) {
  constexpr double limit = 0x1p63;
  return count < limit ? std::llround(count) : std::numeric_limits<int64_t>::max();
}

tile::WorkAttr tuning::toAttribute(const Work &work, MLIRContext *context) {
  return tile::WorkAttr::get(context, toInteger(work.flops), toInteger(work.exps),
                             toInteger(work.bytes), toInteger(work.keyBytes));
}

std::optional<Work> tuning::getWork(Operation *op) {
  auto work = op->getAttrOfType<tile::WorkAttr>(kWorkAttrName);
  if (!work)
    return std::nullopt;
  return Work{double(work.getFlops()), double(work.getExps()), double(work.getBytes()),
              double(work.getKeyBytes())};
}
