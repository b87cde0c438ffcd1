//===- Evaluate.cpp - An attn function on arrays --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Reference/Evaluate.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/Combine.h"
#include "fovea/Reference/Compress.h"
#include "fovea/Reference/IndexBlocks.h"
#include "fovea/Reference/ScoreBlocks.h"
#include "fovea/Reference/SelectTopk.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace fovea;
using namespace fovea::reference;
using llvm::Error;
using llvm::Expected;
using mlir::Operation;
using mlir::Value;

std::optional<ElementType> fovea::reference::getElementType(mlir::Type type) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  if (element.isF32())
    return ElementType::F32;
  if (element.isF16())
    return ElementType::F16;
  if (element.isBF16())
    return ElementType::BF16;
  if (element.isInteger(32))
    return ElementType::I32;
  return std::nullopt;
}

KeySet fovea::reference::makeKeySet(attn::KeySetInterface keys) {
  KeySet keySet;
  keySet.contains = [keys](int64_t length, int64_t t, int64_t u,
                           llvm::ArrayRef<int32_t> indices) {
    return keys.contains(length, t, u, indices);
  };
  keySet.numKeys = [keys](int64_t length) { return keys.getNumKeys(length); };
  keySet.tokensPerKeyRow = keys.getKeyStride();
  return keySet;
}

Array fovea::reference::toArray(const IndexArray &indices) {
  return Array(indices.shape,
               std::vector<double>(indices.data.begin(), indices.data.end()));
}

IndexArray fovea::reference::toIndices(const Array &array) {
  return IndexArray(array.shape,
                    std::vector<int32_t>(array.data.begin(), array.data.end()));
}

static Phi convert(attn::PhiKind kind) {
  switch (kind) {
  case attn::PhiKind::Mean:
    return Phi::Mean;
  case attn::PhiKind::Weighted:
    return Phi::Weighted;
  case attn::PhiKind::Gated:
    return Phi::Gated;
  case attn::PhiKind::Linear:
    return Phi::Linear;
  case attn::PhiKind::Mlp:
    return Phi::Mlp;
  }
  llvm_unreachable("unknown phi");
}

static Activation convert(attn::Activation activation) {
  if (activation == attn::Activation::Relu)
    return Activation::Relu;
  return activation == attn::Activation::Gelu ? Activation::Gelu : Activation::Silu;
}

CompressOptions fovea::reference::getCompressOptions(attn::CompressOp op) {
  return {op.getWindows().getBlock(), op.getWindows().getStride(),
          convert(op.getPhi().getKind()), convert(op.getPhi().getActivation())};
}

IndexOptions fovea::reference::getIndexOptions(attn::IndexBlocksOp op) {
  auto scores = mlir::cast<mlir::RankedTensorType>(op.getScores().getType());
  return {scores.getDimSize(1), op.getBlocks().getBlock(), op.isRectified()};
}

namespace fovea::reference {

/// Walks a function's operations in order.
class Evaluator final {
public:
  explicit Evaluator(const EvaluateOptions &options) : options(options) {}

  Error bindInputs(mlir::func::FuncOp function, llvm::ArrayRef<Array> inputs);
  Error evaluate(mlir::Block &block);
  EvaluationResult takeResult() { return std::move(result); }

private:
  Error evaluate(Operation *op);
  Error evaluate(attn::CompressOp op);
  Error evaluate(attn::AttendOp op);
  Error evaluate(attn::ScoreBlocksOp op);
  Error evaluate(attn::IndexBlocksOp op);
  Error evaluate(attn::SelectTopkOp op);
  Error evaluate(attn::CombineOp op);
  Error evaluate(attn::GroupOp op);

  const Array &get(Value value) const { return *visible.lookup(value); }
  Sequences getSequences(Value cuSeqlens) const {
    return Sequences{toIndices(get(cuSeqlens)).data};
  }
  ComputeOptions getComputeOptions(Value output) const;
  /// `value` is what its op computed; rounds it, unless it stays exact.
  void define(Value value, Array array);
  /// `value` is the same as one that is there already.
  void alias(Value value, const Array *array);

  const EvaluateOptions &options;
  EvaluationResult result;
  /// What users of a value see.
  llvm::DenseMap<Value, const Array *> visible;
};

} // namespace fovea::reference

Error Evaluator::bindInputs(mlir::func::FuncOp function, llvm::ArrayRef<Array> inputs) {
  if (inputs.size() != function.getNumArguments())
    return llvm::createStringError(llvm::formatv("expected {0} inputs of @{1}, got {2}",
                                                 function.getNumArguments(),
                                                 function.getName(), inputs.size()));
  for (auto [i, argument] : llvm::enumerate(function.getArguments())) {
    auto name = function.getArgAttrOfType<mlir::StringAttr>(i, attn::kNameAttrName);
    std::string label = name ? name.str() : llvm::formatv("input {0}", i).str();
    auto type = mlir::dyn_cast<mlir::RankedTensorType>(argument.getType());
    if (!type)
      return llvm::createStringError("expected " + label + " to be a tensor");
    if (Error error = checkRank(label, inputs[i].shape, type.getRank()))
      return error;
    Shape expected(type.getShape());
    for (auto [size, actual] : llvm::zip_equal(expected, inputs[i].shape))
      if (mlir::ShapedType::isDynamic(size))
        size = actual;
    if (Error error = checkShape(label, inputs[i].shape, expected))
      return error;
    alias(argument, &inputs[i]);
  }
  return Error::success();
}

ComputeOptions Evaluator::getComputeOptions(Value output) const {
  ComputeOptions computeOptions;
  computeOptions.tokens = options.tokens;
  if (options.roundIntermediates)
    computeOptions.roundIntermediate =
        [type = *getElementType(output.getType())](double value) {
          return roundTo(type, value);
        };
  return computeOptions;
}

void Evaluator::define(Value value, Array array) {
  bool onlyReturned = llvm::all_of(value.getUsers(), [](Operation *user) {
    return mlir::isa<mlir::func::ReturnOp>(user);
  });
  if (!options.exactResults || !onlyReturned) {
    ElementType type = *getElementType(value.getType());
    for (double &element : array.data)
      element = roundTo(type, element);
  }
  result.storage.push_back(std::move(array));
  alias(value, &result.storage.back());
}

void Evaluator::alias(Value value, const Array *array) {
  result.computed[value] = array;
  const Array *given = options.given.lookup(value);
  visible[value] = given ? given : array;
}

Error Evaluator::evaluate(attn::CompressOp op) {
  CompressOperands operands{get(op.getInput())};
  for (Value param : op.getParams())
    operands.weights.push_back(&get(param));
  if (op.getPositions())
    operands.positions = &get(op.getPositions());
  Expected<Array> output =
      compress(operands, getCompressOptions(op), getSequences(op.getCuSeqlens()),
               getComputeOptions(op.getOutput()));
  if (!output)
    return output.takeError();
  define(op.getOutput(), std::move(*output));
  return Error::success();
}

Error Evaluator::evaluate(attn::AttendOp op) {
  IndexArray indices;
  AttendOperands operands{get(op.getQ()), get(op.getK()), get(op.getV())};
  if (op.getIndices()) {
    indices = toIndices(get(op.getIndices()));
    operands.indices = &indices;
  }
  Expected<AttendResult> output =
      attend(operands, makeKeySet(op.getKeys()), getSequences(op.getCuSeqlens()),
             op.getScaleOrDefault(), getComputeOptions(op.getOut()));
  if (!output)
    return output.takeError();
  define(op.getOut(), std::move(output->output));
  define(op.getLse(), std::move(output->lse));
  return Error::success();
}

Error Evaluator::evaluate(attn::ScoreBlocksOp op) {
  // Scores are f32 whatever q is; a naive computation keeps p in q's type.
  Expected<Array> scores =
      scoreBlocks({get(op.getQ()), get(op.getKc()), get(op.getLse())},
                  {op.getWindows().getBlock(), op.getWindows().getStride(),
                   op.getBlocks().getBlock()},
                  op.getScaleOrDefault(), getSequences(op.getCuSeqlens()),
                  getComputeOptions(op.getQ()));
  if (!scores)
    return scores.takeError();
  define(op.getScores(), std::move(*scores));
  return Error::success();
}

Error Evaluator::evaluate(attn::IndexBlocksOp op) {
  IndexOperands operands{get(op.getIq()), get(op.getIk())};
  if (op.getWeights())
    operands.weights = &get(op.getWeights());
  Expected<Array> scores =
      indexBlocks(operands, makeKeySet(op.getKeys()), getIndexOptions(op),
                  getSequences(op.getCuSeqlens()), getComputeOptions(op.getIq()));
  if (!scores)
    return scores.takeError();
  define(op.getScores(), std::move(*scores));
  return Error::success();
}

Error Evaluator::evaluate(attn::SelectTopkOp op) {
  SelectOptions selectOptions{
      op.getBlocks().getBlock(), static_cast<int64_t>(op.getCount()),
      static_cast<int64_t>(op.getInitial()), static_cast<int64_t>(op.getLocal())};
  Expected<IndexArray> indices =
      selectTopk(get(op.getScores()), selectOptions, getSequences(op.getCuSeqlens()));
  if (!indices)
    return indices.takeError();
  define(op.getIndices(), toArray(*indices));
  return Error::success();
}

Error Evaluator::evaluate(attn::CombineOp op) {
  std::vector<const Array *> branches;
  for (Value branch : op.getBranches())
    branches.push_back(&get(branch));
  GateKind kind =
      op.getMode() == attn::GateMode::Logits ? GateKind::Logits : GateKind::Values;
  Expected<Array> output =
      combine(get(op.getGates()), kind, branches, getComputeOptions(op.getOut()));
  if (!output)
    return output.takeError();
  define(op.getOut(), std::move(*output));
  return Error::success();
}

Error Evaluator::evaluate(attn::GroupOp op) {
  mlir::Block &body = op.getBody().front();
  if (Error error = evaluate(body))
    return error;
  for (auto [output, value] :
       llvm::zip_equal(op.getOutputs(), body.getTerminator()->getOperands()))
    alias(output, &get(value));
  return Error::success();
}

Error Evaluator::evaluate(Operation *op) {
  return llvm::TypeSwitch<Operation *, Error>(op)
      .Case<attn::CompressOp, attn::AttendOp, attn::ScoreBlocksOp, attn::IndexBlocksOp,
            attn::SelectTopkOp, attn::CombineOp, attn::GroupOp>(
          [&](auto typed) { return evaluate(typed); })
      .Case<attn::YieldOp>([](auto) { return Error::success(); })
      .Case<mlir::func::ReturnOp>([&](auto returnOp) {
        for (Value value : returnOp.getOperands())
          result.results.push_back(&get(value));
        return Error::success();
      })
      .Default([](Operation *other) {
        return llvm::createStringError(
            "expected operations of the attn dialect, got " +
            other->getName().getStringRef() +
            ", which has no reference; run attn-expand-spec first");
      });
}

Error Evaluator::evaluate(mlir::Block &block) {
  for (Operation &op : block)
    if (Error error = evaluate(&op))
      return llvm::createStringError(op.getName().getStringRef() + ": " +
                                     llvm::toString(std::move(error)));
  return Error::success();
}

Expected<EvaluationResult> fovea::reference::evaluate(mlir::func::FuncOp function,
                                                      llvm::ArrayRef<Array> inputs,
                                                      const EvaluateOptions &options) {
  Evaluator evaluator(options);
  if (Error error = evaluator.bindInputs(function, inputs))
    return error;
  if (Error error = evaluator.evaluate(function.getBody().front()))
    return error;
  return evaluator.takeResult();
}
