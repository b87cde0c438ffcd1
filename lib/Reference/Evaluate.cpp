//===- Evaluate.cpp - An attn function on arrays --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Reference/Evaluate.h"

#include "EvaluateOperands.h"
#include "GradModels.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/Combine.h"
#include "fovea/Reference/Compress.h"
#include "fovea/Reference/IndexBlocks.h"
#include "fovea/Reference/ScoreBlocks.h"
#include "fovea/Reference/ScoreProgram.h"
#include "fovea/Reference/SelectTopk.h"
#include "mlir/IR/BuiltinTypes.h"
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

Sequences
fovea::reference::makeSequences(Value sequences,
                                llvm::function_ref<const Array &(Value)> get) {
  attn::BatchArrays batch = attn::BatchArrays::of(sequences);
  Sequences result{toIndices(get(batch.keys)).data};
  if (attn::isBatch(sequences))
    result.queryOffsets = toIndices(get(batch.queries)).data;
  if (batch.lengths)
    result.lengths = toIndices(get(batch.lengths)).data;
  return result;
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

CompressOptions fovea::reference::getCompressOptions(attn::CompressedAttr windows,
                                                     attn::PhiAttr phi) {
  return {windows.getBlock(), windows.getStride(), convert(phi.getKind()),
          convert(phi.getActivation())};
}

IndexOptions fovea::reference::getIndexOptions(attn::IndexBlocksOp op) {
  auto scores = mlir::cast<mlir::RankedTensorType>(op.getScores().getType());
  return {scores.getDimSize(1), op.getBlocks().getBlock(), op.isRectified()};
}

#include "fovea/Reference/EvaluateOpInterface.cpp.inc"

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
  if (!options.exact && !(options.exactResults && onlyReturned)) {
    ElementType type = *getElementType(value.getType());
    for (double &element : array.data)
      element = roundTo(type, element);
  }
  result.storage.push_back(std::move(array));
  alias(value, &result.storage.back());
}

Error Evaluator::defineOr(Value value, Expected<Array> array) {
  if (!array)
    return array.takeError();
  define(value, std::move(*array));
  return Error::success();
}

std::vector<const Array *> Evaluator::getAll(mlir::ValueRange values) const {
  std::vector<const Array *> arrays;
  for (Value value : values)
    arrays.push_back(&get(value));
  return arrays;
}

void Evaluator::alias(Value value, const Array *array) {
  result.computed[value] = array;
  const Array *given = options.given.lookup(value);
  visible[value] = given ? given : array;
}

static Error evaluateOp(attn::CompressOp op, Evaluator &evaluator) {
  return evaluator.defineOr(op.getOutput(),
                            compress(getCompressOperands(op, evaluator),
                                     getCompressOptions(op.getWindows(), op.getPhi()),
                                     evaluator.getSequences(op.getCuSeqlens()),
                                     evaluator.getComputeOptions(op.getOutput())));
}

/// What the operation's score region makes of scores.
template <typename OpT>
static ScoreFunction getScoreFunction(OpT op, Evaluator &evaluator) {
  return ScoreProgram(op.getScoreRegion(), evaluator.getAll(op.getLearned()))
      .getFunction();
}

static Error evaluateOp(attn::AttendOp op, Evaluator &evaluator) {
  IndexArray indices;
  AttendOperands operands{evaluator.get(op.getQ()), evaluator.get(op.getK()),
                          evaluator.get(op.getV())};
  if (op.getIndices()) {
    indices = toIndices(evaluator.get(op.getIndices()));
    operands.indices = &indices;
  }
  if (op.getSinks())
    operands.sinks = &evaluator.get(op.getSinks());
  operands.scoreFunction = getScoreFunction(op, evaluator);
  Expected<AttendResult> output = attend(
      operands, makeKeySet(op.getKeys()), evaluator.getSequences(op.getCuSeqlens()),
      op.getScaleOrDefault(), evaluator.getComputeOptions(op.getOut()));
  if (!output)
    return output.takeError();
  evaluator.define(op.getOut(), std::move(output->output));
  evaluator.define(op.getLse(), std::move(output->lse));
  return Error::success();
}

static Error evaluateOp(attn::GatherPagesOp op, Evaluator &evaluator) {
  const Array &cache = evaluator.get(op.getCache());
  std::vector<int32_t> table = toIndices(evaluator.get(op.getTable())).data;
  int64_t slots = op.getSlots(), heads = op.getHeads(), first = op.getColumns();
  int64_t columns = attn::dimOf(op.getOut());
  Array out({int64_t(table.size()) * slots, heads, columns});
  for (int64_t row = 0; row < out.dim(0); ++row) {
    int64_t page = table[row / slots], slot = row % slots;
    if (page < 0 || page >= cache.dim(0))
      continue;
    for (int64_t head = 0; head < heads; ++head) {
      auto from = op.getHeadsFirst() ? cache.slice(page, head, slot)
                                     : cache.slice(page, slot, head);
      auto to = out.slice(row, head);
      std::copy_n(from.begin() + first, columns, to.begin());
    }
  }
  evaluator.define(op.getOut(), std::move(out));
  return Error::success();
}

static Error evaluateOp(attn::ScoreBlocksOp op, Evaluator &evaluator) {
  // Scores are f32 whatever q is; a naive computation keeps p in q's type.
  return evaluator.defineOr(
      op.getScores(),
      scoreBlocks({evaluator.get(op.getQ()), evaluator.get(op.getKc()),
                   evaluator.get(op.getLse()), getScoreFunction(op, evaluator)},
                  {op.getWindows().getBlock(), op.getWindows().getStride(),
                   op.getBlocks().getBlock()},
                  op.getScaleOrDefault(), evaluator.getSequences(op.getCuSeqlens()),
                  evaluator.getComputeOptions(op.getQ())));
}

static Error evaluateOp(attn::IndexBlocksOp op, Evaluator &evaluator) {
  IndexOperands operands{evaluator.get(op.getIq()), evaluator.get(op.getIk())};
  if (op.getWeights())
    operands.weights = &evaluator.get(op.getWeights());
  return evaluator.defineOr(op.getScores(),
                            indexBlocks(operands, makeKeySet(op.getKeys()),
                                        getIndexOptions(op),
                                        evaluator.getSequences(op.getCuSeqlens()),
                                        evaluator.getComputeOptions(op.getIq())));
}

static Error evaluateOp(attn::SelectTopkOp op, Evaluator &evaluator) {
  SelectOptions selectOptions{
      op.getBlocks().getBlock(), static_cast<int64_t>(op.getCount()),
      static_cast<int64_t>(op.getInitial()), static_cast<int64_t>(op.getLocal())};
  Expected<IndexArray> indices =
      selectTopk(evaluator.get(op.getScores()), selectOptions,
                 evaluator.getSequences(op.getCuSeqlens()));
  if (!indices)
    return indices.takeError();
  evaluator.define(op.getIndices(), toArray(*indices));
  return Error::success();
}

static Error evaluateOp(attn::CombineOp op, Evaluator &evaluator) {
  PartOfSum part;
  if (op.getBase())
    part.base = &evaluator.get(op.getBase());
  part.columns = op.getColumns();
  return evaluator.defineOr(op.getOut(),
                            combine(evaluator.get(op.getGates()), getGateKind(op),
                                    evaluator.getAll(op.getBranches()),
                                    evaluator.getComputeOptions(op.getOut()), part));
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
  if (auto model = mlir::dyn_cast<EvaluateOpInterface>(op))
    return model.evaluate(*this);
  if (auto group = mlir::dyn_cast<attn::GroupOp>(op))
    return evaluate(group);
  if (mlir::isa<attn::YieldOp, attn::BatchOp>(op))
    return Error::success();
  if (auto returnOp = mlir::dyn_cast<mlir::func::ReturnOp>(op)) {
    for (Value value : returnOp.getOperands())
      result.results.push_back(&get(value));
    return Error::success();
  }
  return llvm::createStringError(
      "expected a reference, got none: see docs/adding-an-operation.md; specs have "
      "theirs behind attn-expand-spec");
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
  return std::move(evaluator.result);
}

namespace {
template <typename OpT>
struct Model final : EvaluateOpInterface::ExternalModel<Model<OpT>, OpT> {
  Error evaluate(Operation *op, Evaluator &evaluator) const {
    return evaluateOp(mlir::cast<OpT>(op), evaluator);
  }
};

template <typename... OpTs> void attachModels(mlir::MLIRContext &context) {
  (OpTs::template attachInterface<Model<OpTs>>(context), ...);
}
} // namespace

void fovea::reference::registerEvaluateModels(mlir::DialectRegistry &registry) {
  registry.addExtension(+[](mlir::MLIRContext *context, attn::AttnDialect *) {
    attachModels<attn::CompressOp, attn::AttendOp, attn::GatherPagesOp,
                 attn::ScoreBlocksOp, attn::IndexBlocksOp, attn::SelectTopkOp,
                 attn::CombineOp>(*context);
    attachGradModels(*context);
  });
}
