//===- Run.cpp - a spec on real arrays ------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Run/Run.h"

#include "BackwardRun.h"
#include "Branches.h"
#include "CpuProgram.h"
#include "CudaProgram.h"
#include "PlotRun.h"
#include "Progress.h"
#include "fovea/Driver/Run/Verify.h"
#include "fovea/Reference/Evaluate.h"
#include "fovea/Support/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace fovea;
using llvm::Error;
using mlir::failure;
using mlir::success;

namespace {

/// One call of fovea-run.
class Runner final {
public:
  Runner(SpecFile &spec, const RunOptions &options, RunReport &report)
      : spec(spec), options(options), report(report) {}

  mlir::LogicalResult run(llvm::raw_ostream &stream);
  /// What the entry took and gave, behind a run.
  std::vector<NamedArray> takeArrays();

private:
  bool onReference() const { return options.device == Device::Reference; }
  mlir::LogicalResult prepare();
  mlir::LogicalResult compute();
  mlir::LogicalResult computeAuxiliary();
  std::unique_ptr<Program> compileProgram(const CompileOptions &compile,
                                          StageTimer &timer);
  mlir::LogicalResult computeOnDevice(bool auxOutputs,
                                      llvm::MutableArrayRef<NamedArray> outputs);
  Error computeByReference();
  Error timeRuns(Program &program, llvm::MutableArrayRef<NamedArray> outputs);
  Error verifyOutputs();
  Error writeOutputs();
  Error writeJson();

  bool needsAuxiliary() const;
  /// A result of the run by name; null if there is none.
  const NamedArray *findOutput(llvm::StringRef name) const;
  /// What `function` gives as the result `plain` of the spec as it stands.
  const NamedArray &findWhole(const NamedArray &plain) const;

  SpecFile &spec;
  const RunOptions &options;
  Progress progress;
  StageTimer timer;
  CudaDevice cuda;                          ///< open where the device is one
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< unfused, with auxiliary results
  mlir::func::FuncOp function;
  Workload workload;               ///< its outputs are those of `function`
  std::vector<NamedArray> outputs; ///< of the spec as it stands
  RunReport &report;
};

} // namespace

/// Prints the error of a request.
static mlir::LogicalResult fail(Error error) {
  llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
  return failure();
}

/// A module of the spec at the attn level, and its entry.
static mlir::func::FuncOp lowerToFunction(SpecFile &spec, CompileOptions options,
                                          bool auxOutputs, StageTimer &timer,
                                          mlir::OwningOpRef<mlir::ModuleOp> &module) {
  options.fuse = false;
  options.auxOutputs = auxOutputs;
  module = spec.lower(Level::Attn, options, timer);
  return module ? getSingleEntry(*module) : nullptr;
}

mlir::LogicalResult Runner::prepare() {
  if (options.device == Device::Cuda) {
    llvm::Expected<CudaDevice> opened = CudaDevice::open(options.cudaDriver);
    if (!opened)
      return fail(opened.takeError());
    cuda = std::move(*opened);
  }
  StageTimer untimed;
  function =
      lowerToFunction(spec, options.compile, /*auxOutputs=*/true, untimed, module);
  if (!function)
    return failure();
  progress.begin("making inputs");
  llvm::Expected<Workload> made = makeWorkload(function, options.workload);
  if (!made)
    return fail(made.takeError());
  workload = std::move(*made);
  for (Branch &branch : getBranches(function)) {
    mlir::FailureOr<double> pairs = getPairs(branch, workload.sequences);
    if (failed(pairs))
      return failure();
    report.pairs.push_back(*pairs);
  }

  mlir::OwningOpRef<mlir::ModuleOp> plainModule;
  mlir::func::FuncOp plain = lowerToFunction(
      spec, options.compile, /*auxOutputs=*/false, untimed, plainModule);
  if (!plain)
    return failure();
  outputs = makeOutputs(plain, workload.sequences);
  for (const auto &entry : options.outputFiles)
    if (!findOutput(entry.first))
      return fail(llvm::createStringError("expected an output of " +
                                          function.getName() + ", got " + entry.first));
  return success();
}

const NamedArray *Runner::findOutput(llvm::StringRef name) const {
  auto hasName = [&](const NamedArray &array) { return array.name == name; };
  for (llvm::ArrayRef<NamedArray> list :
       {llvm::ArrayRef(outputs), llvm::ArrayRef(workload.outputs)})
    if (const NamedArray *it = llvm::find_if(list, hasName); it != list.end())
      return it;
  return nullptr;
}

const NamedArray &Runner::findWhole(const NamedArray &plain) const {
  return *llvm::find_if(workload.outputs, [&](const NamedArray &output) {
    return output.name == plain.name;
  });
}

bool Runner::needsAuxiliary() const {
  auto isPlain = [&](const auto &entry) {
    return llvm::any_of(
        outputs, [&](const NamedArray &output) { return output.name == entry.first; });
  };
  return options.verify || !options.plotPath.empty() ||
         !llvm::all_of(options.outputFiles, isPlain);
}

Error Runner::timeRuns(Program &program, llvm::MutableArrayRef<NamedArray> outputs) {
  for (unsigned i = 0; i < options.repetitions; ++i) {
    progress.begin(
        llvm::formatv("timed run {0} of {1}", i + 1, options.repetitions).str());
    llvm::Expected<double> seconds = program.time(workload.inputs, outputs);
    if (!seconds)
      return seconds.takeError();
    report.seconds.push_back(*seconds);
  }
  return Error::success();
}

/// Fills outputs with what no right answer holds, so that a row that is not written
/// shows: huge floats, a block number that no sequence has.
static void poison(llvm::MutableArrayRef<NamedArray> outputs) {
  for (NamedArray &output : outputs)
    std::fill(output.array.bytes.begin(), output.array.bytes.end(), 0x7f);
}

std::unique_ptr<Program> Runner::compileProgram(const CompileOptions &compile,
                                                StageTimer &timer) {
  if (options.device == Device::Cuda)
    return CudaProgram::compile(spec, compile, cuda, timer);
  return CpuProgram::compile(spec, compile, options.threads, timer);
}

mlir::LogicalResult Runner::computeOnDevice(bool auxOutputs,
                                            llvm::MutableArrayRef<NamedArray> outputs) {
  CompileOptions compile = options.compile;
  compile.auxOutputs = auxOutputs;
  compile.entry = function.getName().str();
  progress.begin("compiling");
  StageTimer untimed;
  std::unique_ptr<Program> program =
      compileProgram(compile, auxOutputs ? untimed : timer);
  if (!program)
    return failure();
  progress.begin("running");
  poison(outputs);
  if (Error error = program->run(workload.inputs, outputs))
    return fail(std::move(error));
  if (auxOutputs)
    return success();
  report.device = program->describe();
  if (Error error = timeRuns(*program, outputs))
    return fail(std::move(error));
  return success();
}

/// Copies results of the whole function to those of the spec as it stands.
Error Runner::computeByReference() {
  progress.begin("reference");
  std::vector<reference::Array> inputs;
  for (const NamedArray &input : workload.inputs)
    inputs.emplace_back(input.array.shape,
                        decodeAll(input.array.type, input.array.bytes));
  auto begin = std::chrono::steady_clock::now();
  llvm::Expected<reference::EvaluationResult> result =
      reference::evaluate(function, inputs);
  if (!result)
    return result.takeError();
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  if (options.repetitions)
    report.seconds.push_back(elapsed.count());
  for (auto [array, output] : llvm::zip_equal(result->results, workload.outputs))
    output.array.bytes = encodeAll(output.array.type, array->data);
  for (NamedArray &plain : outputs)
    plain.array = findWhole(plain).array;
  report.device = "reference: plain loops in double, one thread";
  return Error::success();
}

mlir::LogicalResult Runner::compute() {
  if (!onReference())
    return computeOnDevice(/*auxOutputs=*/false, outputs);
  if (Error error = computeByReference())
    return fail(std::move(error));
  return success();
}

mlir::LogicalResult Runner::computeAuxiliary() {
  if (onReference() || !needsAuxiliary())
    return success(); // the reference has them already
  return computeOnDevice(/*auxOutputs=*/true, workload.outputs);
}

Error Runner::verifyOutputs() {
  VerifyOptions verifyOptions;
  verifyOptions.sampleTokens = options.verifyTokens;
  verifyOptions.exactSelection =
      options.workload.data == DataKind::Dyadic && options.workload.inputFiles.empty();
  verifyOptions.narrowOperands = options.device == Device::Cuda;
  verifyOptions.onProgress = [&](llvm::StringRef what) { progress.begin(what); };
  llvm::Expected<VerifyReport> verified =
      verify(function, workload, workload.outputs, verifyOptions);
  if (!verified)
    return verified.takeError();
  report.verified = std::move(*verified);
  // Asking for more results must not change the ones that were there.
  for (const NamedArray &plain : outputs)
    if (plain.array.bytes != findWhole(plain).array.bytes)
      report.differsFromAuxiliary.push_back(plain.name);
  return Error::success();
}

Error Runner::writeOutputs() {
  for (const auto &[name, path] : options.outputFiles)
    if (Error error = writeNpy(path, findOutput(name)->array))
      return error;
  return Error::success();
}

Error Runner::writeJson() {
  return writeFile(options.jsonPath, [&](llvm::raw_ostream &stream) {
    stream << llvm::formatv("{0:2}", llvm::json::Value(toJson(report))) << "\n";
  });
}

mlir::LogicalResult Runner::run(llvm::raw_ostream &stream) {
  if (failed(prepare()) || failed(compute()) || failed(computeAuxiliary()))
    return failure();
  if (options.verify)
    if (Error error = verifyOutputs())
      return fail(std::move(error));
  if (Error error = writeOutputs())
    return fail(std::move(error));
  if (!options.plotPath.empty())
    if (Error error = plotRun(function, workload, options.plotPath))
      return fail(std::move(error));
  progress.end();
  report.specPath = spec.getPath().str();
  report.entry = function.getName().str();
  for (int64_t b = 0; b < workload.sequences.size(); ++b)
    report.lengths.push_back(workload.sequences.length(b));
  report.compileSeconds = timer.getTotalSeconds();
  printReport(report, function, workload, outputs, stream);
  if (!options.jsonPath.empty())
    if (Error error = writeJson())
      return fail(std::move(error));
  if (options.verify && !report.passed()) {
    llvm::errs() << "error: expected the results of "
                 << (options.device == Device::Cuda ? "cuda" : "cpu")
                 << " to agree with the reference, got the differences above\n";
    return failure();
  }
  return success();
}

std::vector<NamedArray> Runner::takeArrays() {
  std::vector<NamedArray> arrays = std::move(workload.inputs);
  for (NamedArray &output : outputs)
    arrays.push_back(
        {output.name, "of " + function.getName().str(), std::move(output.array)});
  return arrays;
}

/// Runs the forward entry, and the backward one on what that took and gave.
static mlir::LogicalResult runBoth(SpecFile &spec, const RunOptions &options,
                                   RunReport &report, llvm::raw_ostream &stream) {
  mlir::FailureOr<BackwardRun> both = splitRun(spec, options);
  if (failed(both))
    return failure();
  report.forward = std::make_unique<RunReport>();
  Runner forward(spec, both->forward, *report.forward);
  if (failed(forward.run(stream)))
    return failure();
  stream << "\n";
  both->backward.workload.given = forward.takeArrays();
  return Runner(spec, both->backward, report).run(stream);
}

mlir::LogicalResult fovea::run(SpecFile &spec, const RunOptions &options,
                               RunReport &report, llvm::raw_ostream &stream) {
  if (options.verify && options.device == Device::Reference)
    return fail(llvm::createStringError(
        "expected --device=cpu or cuda with --verify, got the reference, which is what "
        "a device is compared with"));
  if (options.backward)
    return runBoth(spec, options, report, stream);
  return Runner(spec, options, report).run(stream);
}

mlir::LogicalResult fovea::run(llvm::StringRef path, const RunOptions &options,
                               llvm::raw_ostream &stream) {
  StageTimer timer;
  std::unique_ptr<SpecFile> spec =
      SpecFile::open(path, timer, options.compile.dialectPlugins);
  RunReport report;
  return spec ? run(*spec, options, report, stream) : failure();
}
