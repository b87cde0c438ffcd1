//===- GradModels.cpp - the references of gradient operations -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GradModels.h"

#include "EvaluateOperands.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/AttendGrad.h"
#include "fovea/Reference/Combine.h"
#include "fovea/Reference/CompressGrad.h"
#include "fovea/Reference/Evaluate.h"
#include "fovea/Reference/InvertLists.h"
#include "fovea/Reference/ScoreProgram.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace fovea;
using namespace fovea::reference;
using llvm::Error;
using llvm::Expected;
using mlir::Operation;
using mlir::Value;

/// A sum over tokens is not that of a sample of them.
static Error refuseSample(const Evaluator &evaluator, Value output) {
  if (evaluator.getComputeOptions(output).tokens.empty())
    return Error::success();
  return llvm::createStringError(
      "expected all tokens for a sum over them, got a sample");
}

static Error evaluateGrad(attn::AttendDeltaOp op, Evaluator &evaluator) {
  const Array *lseGrad = op.getDlse() ? &evaluator.get(op.getDlse()) : nullptr;
  return evaluator.defineOr(op.getDelta(),
                            attendDelta(evaluator.get(op.getDout()),
                                        evaluator.get(op.getOut()), lseGrad,
                                        evaluator.getComputeOptions(op.getDelta())));
}

namespace {
/// What attend_grad_q and attend_grad_kv are given; `indices` are null where the key
/// set takes none.
template <typename OpT> struct AttendGradInputs {
  AttendGradInputs(OpT op, const IndexArray *indices, const Evaluator &evaluator)
      : operands{evaluator.get(op.getQ()),
                 evaluator.get(op.getK()),
                 evaluator.get(op.getV()),
                 evaluator.get(op.getDout()),
                 evaluator.get(op.getLse()),
                 evaluator.get(op.getDelta()),
                 indices},
        keySet(makeKeySet(op.getKeys())),
        sequences(evaluator.getSequences(op.getCuSeqlens())) {
    std::vector<const Array *> learned = evaluator.getAll(op.getLearned());
    operands.scoreGradient =
        ScoreProgram::withDerivatives(op.getScoreRegion(), learned).getGradient();
    operands.numLearned = learned.size();
  }

  AttendGradOperands operands;
  KeySet keySet;
  Sequences sequences;
};
} // namespace

static Error evaluateGrad(attn::AttendGradQOp op, Evaluator &evaluator) {
  IndexArray indices;
  if (op.getIndices())
    indices = toIndices(evaluator.get(op.getIndices()));
  AttendGradInputs inputs(op, op.getIndices() ? &indices : nullptr, evaluator);
  // A naive computation keeps P and dS in q's type, whatever the gradient's.
  Expected<AttendGradQResult> result =
      attendGradQ(inputs.operands, inputs.keySet, inputs.sequences,
                  op.getScaleOrDefault(), evaluator.getComputeOptions(op.getQ()));
  if (!result)
    return result.takeError();
  if (op.getBase())
    addScaled(1, evaluator.get(op.getBase()).data, result->query.data);
  evaluator.define(op.getDq(), std::move(result->query));
  for (auto [value, array] : llvm::zip_equal(op.getDlearned(), result->learned))
    evaluator.define(value, std::move(array));
  return Error::success();
}

static Error evaluateGrad(attn::InvertListsOp op, Evaluator &evaluator) {
  Expected<InvertedLists> lists =
      invertLists(toIndices(evaluator.get(op.getIndices())), op.getBlock(),
                  evaluator.getSequences(op.getCuSeqlens()));
  if (!lists)
    return lists.takeError();
  evaluator.define(op.getBounds(), toArray(lists->bounds));
  evaluator.define(op.getEntries(), toArray(lists->entries));
  return Error::success();
}

static Error evaluateGrad(attn::AttendGradKVOp op, Evaluator &evaluator) {
  Expected<IndexArray> indices = IndexArray();
  if (op.getBounds())
    indices = revertLists({toIndices(evaluator.get(op.getBounds())),
                           toIndices(evaluator.get(op.getEntries()))},
                          attn::getListedTokens(op.getKeys()),
                          evaluator.getSequences(op.getCuSeqlens()));
  if (!indices)
    return indices.takeError();
  AttendGradInputs inputs(op, op.getBounds() ? &*indices : nullptr, evaluator);
  Expected<AttendGradKVResult> result =
      attendGradKV(inputs.operands, inputs.keySet, inputs.sequences,
                   op.getScaleOrDefault(), evaluator.getComputeOptions(op.getQ()));
  if (!result)
    return result.takeError();
  evaluator.define(op.getDk(), std::move(result->key));
  evaluator.define(op.getDv(), std::move(result->value));
  return Error::success();
}

static Error evaluateGrad(attn::AttendGradSinksOp op, Evaluator &evaluator) {
  if (Error error = refuseSample(evaluator, op.getDsinks()))
    return error;
  return evaluator.defineOr(op.getDsinks(),
                            attendGradSinks(evaluator.get(op.getSinks()),
                                            evaluator.get(op.getLse()),
                                            evaluator.get(op.getDelta()),
                                            evaluator.getSequences(op.getCuSeqlens())));
}

static Error evaluateGrad(attn::SumTokensOp op, Evaluator &evaluator) {
  if (Error error = refuseSample(evaluator, op.getSums()))
    return error;
  return evaluator.defineOr(op.getSums(),
                            sumTokens(evaluator.get(op.getRows()),
                                      evaluator.getSequences(op.getCuSeqlens())));
}

static Error evaluateGrad(attn::CompressGradHiddenOp op, Evaluator &evaluator) {
  Expected<HiddenGrad> result = compressGradHidden(
      evaluator.get(op.getDout()), getCompressOperands(op, evaluator),
      getCompressOptions(op.getWindows(), op.getPhi()),
      evaluator.getSequences(op.getCuSeqlens()),
      evaluator.getComputeOptions(op.getInput()));
  if (!result)
    return result.takeError();
  evaluator.define(op.getActive(), std::move(result->active));
  evaluator.define(op.getDhidden(), std::move(result->grad));
  return Error::success();
}

/// What compress_grad_input and compress_grad_params are given, and its gradients.
template <typename OpT>
static Expected<CompressGradResult> evaluateCompressGrad(OpT op, Evaluator &evaluator) {
  HiddenGrad hidden;
  if (!op.getHidden().empty())
    hidden = {evaluator.get(op.getHidden()[0]), evaluator.get(op.getHidden()[1])};
  return compressGrad(evaluator.get(op.getDout()), getCompressOperands(op, evaluator),
                      getCompressOptions(op.getWindows(), op.getPhi()),
                      evaluator.getSequences(op.getCuSeqlens()),
                      evaluator.getComputeOptions(op.getInput()),
                      op.getHidden().empty() ? nullptr : &hidden);
}

static Error evaluateGrad(attn::CompressGradInputOp op, Evaluator &evaluator) {
  Expected<CompressGradResult> result = evaluateCompressGrad(op, evaluator);
  if (!result)
    return result.takeError();
  evaluator.define(op.getDinput(), std::move(result->tokens));
  return Error::success();
}

static Error evaluateGrad(attn::CompressGradParamsOp op, Evaluator &evaluator) {
  Expected<CompressGradResult> result = evaluateCompressGrad(op, evaluator);
  if (!result)
    return result.takeError();
  std::vector<Array> grads = std::move(result->weights);
  if (op.getPositions())
    grads.push_back(std::move(result->positions));
  for (auto [value, array] : llvm::zip_equal(op.getGrads(), grads))
    evaluator.define(value, std::move(array));
  return Error::success();
}

/// Those from `first` on, of an array [T, ...].
static void clearRows(Array &array, int64_t first) {
  for (int64_t row = first; row < array.dim(0); ++row)
    llvm::fill(array.slice(row), 0);
}

static Error evaluateGrad(attn::CombineGradGatesOp op, Evaluator &evaluator) {
  Expected<Array> grads =
      combineGradGates(evaluator.get(op.getDout()), evaluator.get(op.getGates()),
                       getGateKind(op), evaluator.getAll(op.getBranches()),
                       evaluator.getComputeOptions(op.getDgates()), op.getColumns());
  if (!grads)
    return grads.takeError();
  auto define = [&](Value value, Array array) {
    if (op.getCuSeqlens())
      clearRows(array, evaluator.getSequences(op.getCuSeqlens()).numQueryRows());
    evaluator.define(value, std::move(array));
  };
  define(op.getDgates(), std::move(*grads));
  for (auto [i, lse] : llvm::enumerate(op.getLses())) {
    Expected<Array> gated =
        gateLse(evaluator.get(lse), evaluator.get(op.getGates()), op.getGateColumn(i));
    if (!gated)
      return gated.takeError();
    define(op.getGated()[i], std::move(*gated));
    Expected<Array> delta = attendDelta(
        evaluator.get(op.getDout()), evaluator.get(op.getBranches()[i]),
        /*lseGrad=*/nullptr, evaluator.getComputeOptions(op.getDeltas()[i]));
    if (!delta)
      return delta.takeError();
    define(op.getDeltas()[i], std::move(*delta));
  }
  return Error::success();
}

static Error evaluateGrad(attn::SumOp op, Evaluator &evaluator) {
  Array sum(evaluator.get(op.getParts()[0]).shape);
  for (Value part : op.getParts()) {
    const Array &array = evaluator.get(part);
    if (Error error = checkShape("a part", array.shape, sum.shape))
      return error;
    addScaled(1, array.data, sum.data);
  }
  evaluator.define(op.getOut(), std::move(sum));
  return Error::success();
}

namespace {
template <typename OpT>
struct GradModel final : EvaluateOpInterface::ExternalModel<GradModel<OpT>, OpT> {
  Error evaluate(Operation *op, Evaluator &evaluator) const {
    return evaluateGrad(mlir::cast<OpT>(op), evaluator);
  }
};

template <typename... OpTs> void attachEach(mlir::MLIRContext &context) {
  (OpTs::template attachInterface<GradModel<OpTs>>(context), ...);
}
} // namespace

void fovea::reference::attachGradModels(mlir::MLIRContext &context) {
  attachEach<attn::AttendDeltaOp, attn::AttendGradQOp, attn::AttendGradKVOp,
             attn::InvertListsOp, attn::AttendGradSinksOp, attn::SumTokensOp,
             attn::CompressGradHiddenOp, attn::CompressGradInputOp,
             attn::CompressGradParamsOp, attn::CombineGradGatesOp, attn::SumOp>(
      context);
}
