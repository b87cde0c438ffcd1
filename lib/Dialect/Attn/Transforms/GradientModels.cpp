//===- GradientModels.cpp - gradients of the attn operations --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "fovea/Dialect/Attn/Transforms/Gradient.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace fovea::attn;

#include "fovea/Dialect/Attn/Transforms/GradientOpInterface.cpp.inc"

/// The values in the backward function, in order.
static SmallVector<Value> getAll(GradientBuilder &gradients, ValueRange values) {
  return llvm::map_to_vector(values, [&](Value value) { return gradients.get(value); });
}

/// Whether the gradient of an operand from number `first` on is wanted.
static bool wantsAnyFrom(GradientBuilder &gradients, Operation *op, unsigned first) {
  return llvm::any_of(llvm::seq(first, op->getNumOperands()),
                      [&](unsigned operand) { return gradients.wants(operand); });
}

//===----------------------------------------------------------------------===//
// attend
//===----------------------------------------------------------------------===//

namespace {
struct AttendGradient final
    : GradientOpInterface::ExternalModel<AttendGradient, AttendOp> {
  /// Neither cu_seqlens nor indices have one.
  bool hasGradient(Operation *op, unsigned operand) const {
    return isa<FloatType>(getElementTypeOrSelf(op->getOperand(operand)));
  }
  LogicalResult buildGradients(Operation *operation, GradientBuilder &gradients) const;
};

/// What the gradients of one attention share.
struct AttendBackward {
  AttendOp op;
  GradientBuilder &gradients;
  OpBuilder &builder;
  Value q, k, v, cuSeqlens, dout, lse, indices;
  SmallVector<Value> learned;
  Value delta;

  /// Of the learned values, which come last.
  unsigned getFirstLearned() { return op->getNumOperands() - op.getLearned().size(); }

  /// Builds an attend_grad_q or attend_grad_kv, which take the same but for `lists`.
  template <typename GradOp, typename... Lists>
  GradOp create(TypeRange types, Lists... lists) {
    auto grad =
        GradOp::create(builder, op.getLoc(), types, q, k, v, cuSeqlens, dout, lse,
                       delta, lists..., learned, op.getKeys(), op.getScaleAttr());
    if (!op.getScoreRegion().empty())
      cloneScoreRegion(op.getScoreRegion(), grad.getScoreRegion());
    return grad;
  }

  void buildQueries();
  void buildKeys();
  void buildSinks();
};
} // namespace

void AttendBackward::buildQueries() {
  unsigned first = getFirstLearned();
  SmallVector<Type> types{gradients.getType(0)};
  types.append(op.getLearned().size(), lse.getType());
  auto grad = create<AttendGradQOp>(types, indices, /*base=*/Value());
  if (gradients.wants(0))
    gradients.add(0, grad.getDq());
  for (auto [i, rows] : llvm::enumerate(grad.getDlearned()))
    if (gradients.wants(first + i))
      gradients.add(first + i,
                    SumTokensOp::create(builder, op.getLoc(), learned[i].getType(),
                                        rows, cuSeqlens));
}

void AttendBackward::buildKeys() {
  Value bounds, entries;
  if (indices) {
    auto listsType = cast<RankedTensorType>(indices.getType());
    SmallVector<int64_t> shape(listsType.getShape());
    shape.back() = 2;
    if (isBatch(cuSeqlens)) // a row for each of the keys'
      shape.front() = ShapedType::kDynamic;
    auto inverted = InvertListsOp::create(
        builder, op.getLoc(), listsType.clone(shape), listsType, indices, cuSeqlens,
        isBatch(cuSeqlens) ? k : Value(), getListedTokens(op.getKeys()));
    bounds = inverted.getBounds();
    entries = inverted.getEntries();
  }
  auto grad = create<AttendGradKVOp>({gradients.getType(1), gradients.getType(2)},
                                     bounds, entries);
  if (gradients.wants(1))
    gradients.add(1, grad.getDk());
  if (gradients.wants(2))
    gradients.add(2, grad.getDv());
}

void AttendBackward::buildSinks() {
  unsigned number = op.getSinksMutable()[0].getOperandNumber();
  if (!gradients.wants(number))
    return;
  Value sinks = gradients.get(op.getSinks());
  gradients.add(number, AttendGradSinksOp::create(builder, op.getLoc(), sinks.getType(),
                                                  sinks, lse, delta, cuSeqlens));
}

LogicalResult AttendGradient::buildGradients(Operation *operation,
                                             GradientBuilder &gradients) const {
  auto op = cast<AttendOp>(operation);
  Value dout = gradients.getGradient(op.getOut());
  Value dlse = gradients.getGradient(op.getLse());
  if (!dout)
    return op.emitOpError() << "expected out to have a gradient where lse has one, got "
                               "none: nothing that is returned follows from out";
  AttendBackward backward{op,
                          gradients,
                          gradients.getBuilder(),
                          gradients.get(op.getQ()),
                          gradients.get(op.getK()),
                          gradients.get(op.getV()),
                          gradients.get(op.getCuSeqlens()),
                          dout,
                          gradients.get(op.getLse()),
                          op.getIndices() ? gradients.get(op.getIndices()) : Value(),
                          getAll(gradients, op.getLearned()),
                          {}};
  backward.delta =
      AttendDeltaOp::create(backward.builder, op.getLoc(), op.getLse().getType(), dout,
                            gradients.get(op.getOut()), dlse);
  // Keys first: of kernels that may run at once the longer ones begin, and the others
  // take the multiprocessors that these have done with.
  if (gradients.wants(1) || gradients.wants(2))
    backward.buildKeys();
  if (gradients.wants(0) || wantsAnyFrom(gradients, op, backward.getFirstLearned()))
    backward.buildQueries();
  if (op.getSinks())
    backward.buildSinks();
  return success();
}

//===----------------------------------------------------------------------===//
// compress
//===----------------------------------------------------------------------===//

namespace {
struct CompressGradient final
    : GradientOpInterface::ExternalModel<CompressGradient, CompressOp> {
  bool hasGradient(Operation *operation, unsigned operand) const {
    return operand != 1; // cu_seqlens
  }
  LogicalResult buildGradients(Operation *operation, GradientBuilder &gradients) const {
    auto op = cast<CompressOp>(operation);
    OpBuilder &builder = gradients.getBuilder();
    Value dout = gradients.getGradient(op.getOutput());
    Value input = gradients.get(op.getInput());
    Value cuSeqlens = gradients.get(op.getCuSeqlens());
    SmallVector<Value> params = getAll(gradients, op.getParams());
    Value positions = op.getPositions() ? gradients.get(op.getPositions()) : Value();
    SmallVector<Value> hidden;
    if (int64_t size = op.getPhi().getHiddenSize(op.getWindows().getBlock())) {
      auto type = cast<RankedTensorType>(dout.getType());
      SmallVector<int64_t> shape(type.getShape());
      shape.back() = size;
      Type layer = type.clone(shape);
      hidden = CompressGradHiddenOp::create(
                   builder, op.getLoc(), TypeRange{layer, layer}, dout, input,
                   cuSeqlens, params, positions, op.getWindows(), op.getPhi())
                   .getResults();
    }
    if (gradients.wants(0))
      gradients.add(0, CompressGradInputOp::create(builder, op.getLoc(),
                                                   gradients.getType(0), dout, input,
                                                   cuSeqlens, params, positions, hidden,
                                                   op.getWindows(), op.getPhi()));
    // Parameters and positions follow cu_seqlens.
    if (!wantsAnyFrom(gradients, op, 2))
      return success();
    SmallVector<Type> types =
        llvm::map_to_vector(llvm::seq(2u, op->getNumOperands()), [&](unsigned operand) {
          return gradients.getType(operand);
        });
    auto grad = CompressGradParamsOp::create(builder, op.getLoc(), types, dout, input,
                                             cuSeqlens, params, positions, hidden,
                                             op.getWindows(), op.getPhi());
    for (auto [i, contribution] : llvm::enumerate(grad.getGrads()))
      if (gradients.wants(2 + i))
        gradients.add(2 + i, contribution);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// combine
//===----------------------------------------------------------------------===//

/// Offsets of the sequences that the branches of `op` were computed over; null where
/// they are not of attentions, or of several batches.
static Value findSequences(CombineOp op) {
  Value found;
  for (Value branch : op.getBranches()) {
    auto attention = branch.getDefiningOp<AttendOp>();
    if (!attention || (found && found != attention.getCuSeqlens()))
      return {};
    found = attention.getCuSeqlens();
  }
  return found;
}

struct CombineGradient final
    : GradientOpInterface::ExternalModel<CombineGradient, CombineOp> {
  bool hasGradient(Operation *, unsigned) const { return true; }
  LogicalResult buildGradients(Operation *operation, GradientBuilder &gradients) const {
    auto op = cast<CombineOp>(operation);
    OpBuilder &builder = gradients.getBuilder();
    Value dout = gradients.getGradient(op.getOut());
    Value gates = gradients.get(op.getGates());
    unsigned branches = op.getBranches().size();
    for (unsigned i = 0; i < branches; ++i) {
      if (!gradients.wants(i))
        continue;
      DenseI64ArrayAttr column;
      if (dimOf(gates) > 1)
        column = builder.getDenseI64ArrayAttr(op.getGateColumn(i));
      gradients.add(i,
                    CombineOp::create(builder, op.getLoc(), dout.getType(), dout, gates,
                                      /*base=*/Value(), column, op.getMode()));
    }
    if (gradients.wants(branches)) {
      SmallVector<Value> values = getAll(gradients, op.getBranches());
      Value cuSeqlens = findSequences(op);
      gradients.add(branches, CombineGradGatesOp::create(
                                  builder, op.getLoc(), gradients.getType(branches),
                                  /*gated=*/TypeRange(), /*deltas=*/TypeRange(), dout,
                                  gates, values, /*lses=*/ValueRange(),
                                  cuSeqlens ? gradients.get(cuSeqlens) : Value(),
                                  op.getColumnsAttr(), op.getMode())
                                  .getDgates());
    }
    if (op.getBase() && gradients.wants(branches + 1))
      gradients.add(branches + 1, dout);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

/// A choice does not follow from scores smoothly, and scores serve a choice.
template <typename OpT>
struct NoGradient final : GradientOpInterface::ExternalModel<NoGradient<OpT>, OpT> {
  bool hasGradient(Operation *, unsigned) const { return false; }
  LogicalResult buildGradients(Operation *, GradientBuilder &) const {
    return success();
  }
};
} // namespace

void fovea::attn::registerGradientModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, AttnDialect *) {
    AttendOp::attachInterface<AttendGradient>(*context);
    CompressOp::attachInterface<CompressGradient>(*context);
    CombineOp::attachInterface<CombineGradient>(*context);
    ScoreBlocksOp::attachInterface<NoGradient<ScoreBlocksOp>>(*context);
    IndexBlocksOp::attachInterface<NoGradient<IndexBlocksOp>>(*context);
    SelectTopkOp::attachInterface<NoGradient<SelectTopkOp>>(*context);
  });
}
