//===- Verify.cpp - a device's answer against the reference's -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Verify.h"

#include "SelectionComparer.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Reference/Evaluate.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using reference::Array;
using reference::EvaluateOptions;
using reference::EvaluationResult;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double f32Tolerance = 1e-5;

bool VerifyReport::passed() const {
  return llvm::all_of(selections,
                      [](const auto &check) { return check.problem.empty(); }) &&
         llvm::all_of(outputs, [](const auto &check) { return check.passed(); });
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

/// |a - b|, where equal infinities and NaN with NaN differ by 0.
static double getError(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double error = std::fabs(a - b);
  return std::isnan(error) ? infinity : error;
}

/// The largest error over the rows of `sample`.
static double getMaxError(const Array &a, const Array &b,
                          const std::vector<bool> &sample) {
  double worst = 0;
  int64_t rows = a.shape.empty() ? 0 : a.dim(0);
  for (int64_t row = 0; row < rows; ++row)
    if (sample.size() != size_t(rows) || sample[row])
      for (auto [x, y] : llvm::zip_equal(a.slice(row), b.slice(row)))
        worst = std::max(worst, getError(x, y));
  return worst;
}

static double getMaxFinite(const Array &array) {
  double worst = 0;
  for (double value : array.data)
    if (std::isfinite(value))
      worst = std::max(worst, std::fabs(value));
  return worst;
}

/// The largest relative error of rounding to `type`, which is narrow, once.
static double getUnitRoundoff(ElementType type) {
  return type == ElementType::BF16 ? 0x1p-8 : 0x1p-11;
}

static bool isNarrow(ElementType type) {
  return type == ElementType::F16 || type == ElementType::BF16;
}

namespace {

class Verifier final {
public:
  Verifier(mlir::func::FuncOp function, const Workload &workload,
           llvm::ArrayRef<NamedArray> outputs, const VerifyOptions &options)
      : function(function), workload(workload), options(options) {
    for (const NamedArray &input : workload.inputs) {
      inputs.push_back(decodeArray(input.array));
      narrow |= isNarrow(input.array.type);
    }
    for (const NamedArray &output : outputs)
      actual.push_back(decodeArray(output.array));
    evaluateOptions.tokens = sampleTokens(workload.getTokens(), options.sampleTokens);
    evaluateOptions.exactResults = true;
  }

  Expected<VerifyReport> run();

private:
  mlir::Value getReturned(unsigned i) {
    return function.getBody().front().getTerminator()->getOperand(i);
  }
  void report(llvm::StringRef what) {
    if (options.onProgress)
      options.onProgress(what);
  }
  Error useGivenIndices();
  void compareSelections(const EvaluationResult &result);
  Error compareValues(const EvaluationResult &result);

  mlir::func::FuncOp function;
  const Workload &workload;
  const VerifyOptions &options;
  std::vector<Array> inputs, actual;
  EvaluateOptions evaluateOptions;
  bool narrow = false;
  VerifyReport verifyReport;
};

} // namespace

/// Users of a returned choice of blocks see the device's.
Error Verifier::useGivenIndices() {
  for (unsigned i = 0; i < actual.size(); ++i) {
    auto select = getReturned(i).getDefiningOp<attn::SelectTopkOp>();
    if (!select)
      continue;
    NpyArray array{ElementType::I32, actual[i].shape,
                   encodeAll(ElementType::I32, actual[i].data)};
    if (Error error = checkIndices(workload.outputs[i].name, array,
                                   select.getBlocks().getBlock(), workload.sequences))
      return error;
    evaluateOptions.given[select.getIndices()] = &actual[i];
  }
  return Error::success();
}

void Verifier::compareSelections(const EvaluationResult &result) {
  const reference::Sequences &sequences = workload.sequences;
  const std::vector<bool> &sample = evaluateOptions.tokens;
  for (unsigned i = 0; i < actual.size(); ++i) {
    auto select = getReturned(i).getDefiningOp<attn::SelectTopkOp>();
    if (!select)
      continue;
    SelectionComparer comparer(select, result, options.exactSelection);
    comparer.check.name = workload.outputs[i].name;
    for (int64_t b = 0; b < sequences.size(); ++b)
      for (int64_t t = 0; t < sequences.length(b); ++t) {
        int64_t token = sequences.begin(b) + t;
        if (!sample.empty() && !sample[token])
          continue;
        for (int64_t head = 0; head < actual[i].dim(1); ++head)
          comparer.compare(token, t, head, actual[i].slice(token, head));
      }
    verifyReport.selections.push_back(std::move(comparer.check));
  }
}

Error Verifier::compareValues(const EvaluationResult &result) {
  std::optional<EvaluationResult> naive;
  if (narrow) {
    report("naive computation in the narrow type");
    EvaluateOptions naiveOptions = evaluateOptions;
    naiveOptions.roundIntermediates = true;
    naiveOptions.exactResults = false;
    Expected<EvaluationResult> naiveResult = evaluate(function, inputs, naiveOptions);
    if (!naiveResult)
      return naiveResult.takeError();
    naive = std::move(*naiveResult);
  }
  for (unsigned i = 0; i < actual.size(); ++i) {
    const NamedArray &output = workload.outputs[i];
    if (output.array.type == ElementType::I32)
      continue;
    const Array &expected = *result.results[i];
    double scale = getMaxFinite(expected);
    double tolerance =
        scale * (isNarrow(output.array.type) ? getUnitRoundoff(output.array.type)
                                             : f32Tolerance);
    if (naive)
      tolerance +=
          2 * getMaxError(*naive->results[i], expected, evaluateOptions.tokens);
    verifyReport.outputs.push_back(
        {output.name, getMaxError(actual[i], expected, evaluateOptions.tokens),
         tolerance, scale});
  }
  return Error::success();
}

Expected<VerifyReport> Verifier::run() {
  if (Error error = useGivenIndices())
    return error;
  report("reference");
  Expected<EvaluationResult> result = evaluate(function, inputs, evaluateOptions);
  if (!result)
    return result.takeError();
  const std::vector<bool> &sample = evaluateOptions.tokens;
  verifyReport.checkedTokens =
      sample.empty() ? workload.getTokens() : llvm::count(sample, true);
  compareSelections(*result);
  if (Error error = compareValues(*result))
    return error;
  return std::move(verifyReport);
}

Expected<VerifyReport> fovea::verify(mlir::func::FuncOp function,
                                     const Workload &workload,
                                     llvm::ArrayRef<NamedArray> outputs,
                                     const VerifyOptions &options) {
  return Verifier(function, workload, outputs, options).run();
}
