//===- Verify.cpp - a device's answer against the reference's -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Run/Verify.h"

#include "OutputComparer.h"
#include "SelectionComparer.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Reference/Evaluate.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using reference::Array;
using reference::EvaluateOptions;
using reference::EvaluationResult;

bool VerifyReport::passed() const {
  auto hasPassed = [](const auto &check) { return check.passed(); };
  return selections.size() + outputs.size() > 0 &&
         llvm::all_of(selections, hasPassed) && llvm::all_of(outputs, hasPassed);
}

static Array decodeArray(const NpyArray &array) {
  return Array(array.shape, decodeAll(array.type, array.bytes));
}

/// Flags about `count` of the packed tokens, one in each of as many equal
/// stretches, at places that do not beat with block sizes. The last token,
/// which sees the most, is among them. Empty: all.
static std::vector<bool> sampleTokens(int64_t tokens, int64_t count) {
  if (count <= 0 || tokens <= count)
    return {};
  std::vector<bool> sample(tokens);
  for (int64_t i = 0; i < count; ++i) {
    int64_t begin = i * tokens / count, end = (i + 1) * tokens / count;
    sample[begin + (i * 7919) % (end - begin)] = true;
  }
  sample.back() = true;
  return sample;
}

namespace {

class Verifier final {
public:
  Verifier(mlir::func::FuncOp function, const Workload &workload,
           llvm::ArrayRef<NamedArray> outputs, const VerifyOptions &options)
      : function(function), workload(workload), options(options) {
    for (const NamedArray &input : workload.inputs)
      inputs.push_back(decodeArray(input.array));
    for (const NamedArray &output : outputs)
      actual.push_back(decodeArray(output.array));
    evaluateOptions.tokens = sampleTokens(workload.getTokens(), options.sampleTokens);
    evaluateOptions.exactResults = true;
  }

  Expected<VerifyReport> run();

private:
  mlir::Operation *getReturn() { return function.getBody().front().getTerminator(); }
  /// The choice of blocks that result `i` is, if it is one.
  std::optional<BlockChoice> getSelection(unsigned i) {
    mlir::Value value = attn::lookThroughGroups(getReturn()->getOperand(i));
    auto op = value.getDefiningOp<NumericsOpInterface>();
    return op ? op.getChoice() : std::nullopt;
  }
  /// Whether row `row` of an array of `rows` is among the tokens that are checked.
  bool includes(int64_t row, int64_t rows) const {
    const std::vector<bool> &sample = evaluateOptions.tokens;
    return int64_t(sample.size()) != rows || sample[row];
  }
  void report(llvm::StringRef what) {
    if (options.onProgress)
      options.onProgress(what);
  }
  Error useGivenIndices();
  void compareSelection(unsigned i, const EvaluationResult &result,
                        const ErrorBounds &bounds);
  Error compareValues(unsigned i, const EvaluationResult &result,
                      const ErrorBounds &bounds);
  void nameHiddenSelections();

  mlir::func::FuncOp function;
  const Workload &workload;
  const VerifyOptions &options;
  std::vector<Array> inputs, actual;
  EvaluateOptions evaluateOptions;
  VerifyReport verifyReport;
};

} // namespace

/// Users of a returned choice of blocks see the device's.
Error Verifier::useGivenIndices() {
  for (unsigned i = 0; i < actual.size(); ++i) {
    std::optional<BlockChoice> choice = getSelection(i);
    if (!choice)
      continue;
    NpyArray array{ElementType::I32, actual[i].shape,
                   encodeAll(ElementType::I32, actual[i].data)};
    if (Error error = checkIndices(workload.outputs[i].name, array, choice->block,
                                   workload.sequences))
      return error;
    evaluateOptions.given[choice->indices] = &actual[i];
  }
  return Error::success();
}

void Verifier::compareSelection(unsigned i, const EvaluationResult &result,
                                const ErrorBounds &bounds) {
  const reference::Sequences &sequences = workload.sequences;
  SelectionComparer comparer(*getSelection(i), result, bounds, options.exactSelection);
  comparer.check.name = workload.outputs[i].name;
  for (int64_t b = 0; b < sequences.size(); ++b)
    for (int64_t t = sequences.firstPosition(b); t < sequences.length(b); ++t) {
      int64_t token = sequences.queryRow(b, t);
      if (!includes(token, workload.getTokens()))
        continue;
      for (int64_t head = 0; head < actual[i].dim(1); ++head)
        comparer.compare(token, t, head, actual[i].slice(token, head));
    }
  verifyReport.selections.push_back(std::move(comparer.check));
}

Error Verifier::compareValues(unsigned i, const EvaluationResult &result,
                              const ErrorBounds &bounds) {
  const NamedArray &output = workload.outputs[i];
  const Array &expected = *result.results[i];
  if (Error error = reference::checkShape(output.name, actual[i].shape, expected.shape))
    return error;
  OutputComparer comparer(output.name, output.array.type, expected,
                          bounds.lookup(getReturn()->getOperand(i)));
  for (int64_t row = 0; row < expected.dim(0); ++row)
    if (includes(row, expected.dim(0)))
      comparer.compare(row, actual[i]);
  verifyReport.outputs.push_back(std::move(comparer.check));
  return Error::success();
}

/// A choice that is not returned cannot be compared; where it is a near-tie, the
/// values that follow from it may differ.
void Verifier::nameHiddenSelections() {
  llvm::DenseSet<mlir::Value> returned;
  for (unsigned i = 0; i < actual.size(); ++i)
    if (std::optional<BlockChoice> choice = getSelection(i))
      returned.insert(choice->indices);
  unsigned hidden = 0;
  function.walk([&](NumericsOpInterface op) {
    std::optional<BlockChoice> choice = op.getChoice();
    if (choice && !returned.contains(choice->indices))
      verifyReport.notCompared.push_back(
          {llvm::formatv("choice of blocks {0}", ++hidden),
           "it is not returned; what follows is compared given the reference's"});
  });
}

Expected<VerifyReport> Verifier::run() {
  if (Error error = useGivenIndices())
    return error;
  report("reference");
  Expected<EvaluationResult> result = evaluate(function, inputs, evaluateOptions);
  if (!result)
    return result.takeError();
  report("bounds of the errors");
  ErrorBounds bounds(*result, evaluateOptions, options.narrowOperands);
  if (Error error = bounds.derive(function.getBody().front()))
    return error;
  const std::vector<bool> &sample = evaluateOptions.tokens;
  verifyReport.checkedTokens =
      sample.empty() ? workload.getTokens() : llvm::count(sample, true);
  for (unsigned i = 0; i < actual.size(); ++i)
    if (getSelection(i))
      compareSelection(i, *result, bounds);
    else if (Error error = compareValues(i, *result, bounds))
      return error;
  nameHiddenSelections();
  return std::move(verifyReport);
}

Expected<VerifyReport> fovea::verify(mlir::func::FuncOp function,
                                     const Workload &workload,
                                     llvm::ArrayRef<NamedArray> outputs,
                                     const VerifyOptions &options) {
  return Verifier(function, workload, outputs, options).run();
}
