//===- SumTokens.cpp - the lowering of sums over tokens to tile -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// attn.sum_tokens and attn.attend_grad_sinks.
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace fovea;

namespace {

/// The numbers of a program's heads, of which each column of its tiles is one.
class NumberSums {
public:
  explicit NumberSums(KernelEmission &kernel)
      : b(kernel.getBuilder()), sums(kernel.getHeads()), heads(kernel.getGroup()),
        firstHead(b.mul(sums.head, heads)) {}

  /// The rows of a view [T, Hq], some of which a step adds.
  Value load(Value view, Value first, Value count) {
    return b.load(view, {first, firstHead}, {sums.tokens, heads}, count);
  }
  /// The numbers of a view [Hq], in each row.
  Value loadPerHead(Value view) {
    Value numbers = b.load(view, firstHead, {heads}, {}, /*rank=*/1);
    return b.alongColumns(numbers, sums.tokens);
  }
  /// Stores to a view [Hq] the sums of `term`.
  void store(Value view, function_ref<Value(Value first, Value count)> term) {
    Value rows = sums.sumTokens(b, heads, term);
    b.store(b.reduce(tile::ReduceKind::Add, rows, 0), view, firstHead, {heads});
  }

private:
  TileBuilder &b;
  const HeadTile &sums;
  int64_t heads;
  Value firstHead;
};

struct SumTokensLowering final
    : EmitTileOpInterface::ExternalModel<SumTokensLowering, attn::SumTokensOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::SumTokensOp>(operation);
    NumberSums sums(kernel);
    Value rows = kernel.getView(op.getRows());
    sums.store(kernel.getView(op.getSums()),
               [&](Value first, Value count) { return sums.load(rows, first, count); });
    return success();
  }
};

struct AttendGradSinksLowering final
    : EmitTileOpInterface::ExternalModel<AttendGradSinksLowering,
                                         attn::AttendGradSinksOp> {
  LogicalResult emitTile(Operation *operation, KernelEmission &kernel) const {
    auto op = cast<attn::AttendGradSinksOp>(operation);
    TileBuilder &b = kernel.getBuilder();
    NumberSums sums(kernel);
    Value sinks = sums.loadPerHead(kernel.getView(op.getSinks()));
    Value lse = kernel.getView(op.getLse()), delta = kernel.getView(op.getDelta());
    sums.store(kernel.getView(op.getDsinks()), [&](Value first, Value count) {
      Value lseRows = sums.load(lse, first, count);
      Value deltaRows = sums.load(delta, first, count);
      return emitTerm(b, sinks, lseRows, deltaRows);
    });
    return success();
  }

  /// `-exp(sink - lse) * delta`, and nothing where lse is -inf. A sink is in its row's
  /// lse, so that only one of rows that are not there, which are 0, may be above it.
  static Value emitTerm(TileBuilder &b, Value sink, Value lse, Value delta) {
    Value zero = b.constantLike(lse, 0.0), distance = b.subf(sink, lse);
    Value isAbove = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, distance, zero);
    Value p = math::ExpOp::create(b, b.select(isAbove, zero, distance));
    Value term = b.subf(zero, b.mulf(p, delta));
    Value none = b.constantLike(lse, -std::numeric_limits<double>::infinity());
    Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, lse, none);
    return b.select(isEmpty, zero, term);
  }
};
} // namespace

void fovea::attachSumTokensLowering(MLIRContext &context) {
  attn::SumTokensOp::attachInterface<SumTokensLowering>(context);
  attn::AttendGradSinksOp::attachInterface<AttendGradSinksLowering>(context);
}
