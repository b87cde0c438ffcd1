//===- fovea-numerics.cpp - many specs against the reference --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Compiles a seeded draw of whole specs for this CPU, runs each on a ragged batch and
// compares every output with the reference: `fovea-run --verify`, many times.
//
//===----------------------------------------------------------------------===//

#include "SpecCase.h"
#include "fovea/Driver/Run/Run.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

namespace cl = llvm::cl;
using namespace fovea;

static cl::OptionCategory category("fovea-numerics options");
static cl::opt<unsigned> count("cases", cl::init(150), cl::cat(category),
                               cl::desc("specs to draw (default: 150)"));
static cl::opt<uint64_t> seed("seed", cl::init(1), cl::cat(category),
                              cl::desc("of the draw and of the values (default: 1)"));
static cl::opt<std::string> shard("shard", cl::init("1/1"), cl::value_desc("I/N"),
                                  cl::cat(category),
                                  cl::desc("every N-th case, from the I-th on"));
static cl::opt<std::string> only("only", cl::value_desc("text"), cl::cat(category),
                                 cl::desc("cases whose label holds the text"));
static cl::opt<std::string> jsonPath("json", cl::value_desc("file"), cl::cat(category),
                                     cl::desc("write every case's errors"));

/// Runs one case; a failed one prints its spec and its table.
static bool runCase(const test::SpecCase &drawn, RunReport &report) {
  RunOptions options;
  options.compile.cpu = "native";
  options.compile.fuse = drawn.fuse;
  options.workload.lengths = drawn.lengths;
  options.workload.seed = drawn.seed;
  options.workload.data = drawn.dyadic ? DataKind::Dyadic : DataKind::Normal;
  options.verify = true;
  options.verifyTokens = 160;
  StageTimer timer;
  std::unique_ptr<SpecFile> spec = SpecFile::parse(drawn.spec, "drawn spec", timer);
  std::string table;
  llvm::raw_string_ostream stream(table);
  bool passed = spec && succeeded(run(*spec, options, report, stream));
  if (!passed)
    llvm::outs() << drawn.spec << table;
  return passed;
}

static bool parseShard(size_t &first, size_t &step) {
  auto [index, number] = llvm::StringRef(shard).split('/');
  return !index.getAsInteger(10, first) && !number.getAsInteger(10, step) &&
         first >= 1 && first <= step;
}

static bool writeJson(llvm::json::Array cases, size_t failures) {
  if (jsonPath.empty())
    return true;
  std::error_code code;
  llvm::raw_fd_ostream file(jsonPath, code);
  if (code) {
    llvm::errs() << "error: expected to write " << jsonPath << ", got "
                 << code.message() << "\n";
    return false;
  }
  llvm::json::Object result{{"seed", int64_t(seed)},
                            {"drawn", int64_t(cases.size())},
                            {"failed", int64_t(failures)},
                            {"cases", std::move(cases)}};
  file << llvm::formatv("{0:1}", llvm::json::Value(std::move(result))) << "\n";
  return true;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Many specs against the reference\n");
  size_t first, step;
  if (!parseShard(first, step)) {
    llvm::errs() << "error: expected --shard=I/N with 1 <= I <= N, got " << shard
                 << "\n";
    return 1;
  }
  std::vector<test::SpecCase> cases = test::makeSpecCases(count, seed);
  llvm::json::Array results;
  size_t failures = 0;
  for (size_t i = first - 1; i < cases.size(); i += step) {
    if (!llvm::StringRef(cases[i].label).contains(only))
      continue;
    auto begin = std::chrono::steady_clock::now();
    RunReport report;
    bool passed = runCase(cases[i], report);
    failures += !passed;
    std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    llvm::outs() << llvm::formatv("{0} {1,4}/{2} {3,5:f1} s  {4}\n",
                                  passed ? "ok    " : "FAILED", i + 1, cases.size(),
                                  elapsed.count(), cases[i].label);
    llvm::outs().flush();
    llvm::json::Object entry = toJson(report);
    entry["case"] = cases[i].label;
    results.push_back(std::move(entry));
  }
  size_t total = results.size();
  llvm::outs() << llvm::formatv("{0} passed, {1} failed\n", total - failures, failures);
  return writeJson(std::move(results), failures) && failures == 0 && total > 0 ? 0 : 1;
}
