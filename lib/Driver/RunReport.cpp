//===- RunReport.cpp - what a run found, as a table -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/RunReport.h"

#include "Branches.h"
#include "TextTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

using namespace fovea;
using llvm::formatv;
using llvm::raw_ostream;

static std::string formatShape(const NpyArray &array) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      array.shape, stream, [&](int64_t size) { stream << size; }, " x ");
  stream << " " << getName(array.type);
  return text;
}

static std::string formatError(double value) { return formatv("{0:e2}", value); }

static const char *formatVerdict(bool passed) { return passed ? "ok" : "FAILED"; }

static void printHeading(const RunReport &report, mlir::func::FuncOp function,
                         const reference::Sequences &sequences, raw_ostream &stream) {
  int64_t longest = 0;
  for (int64_t b = 0; b < sequences.size(); ++b)
    longest = std::max(longest, sequences.length(b));
  TextTable table;
  table.addRow({"entry", formatv("{0} of {1}", function.getName(), report.specPath)});
  table.addRow({"device", report.device});
  table.addRow({"tokens", formatv("{0} in {1} sequence{2}, the longest of {3}",
                                  sequences.offsets.back(), sequences.size(),
                                  sequences.size() == 1 ? "" : "s", longest)});
  table.print(stream);
}

static void printBranches(mlir::func::FuncOp function,
                          const reference::Sequences &sequences, raw_ostream &stream) {
  TextTable table;
  table.addRow({"branch", "key set", "pairs per head", "of dense causal"});
  double dense = getCausalPairs(sequences);
  for (Branch &branch : getBranches(function)) {
    std::string keys;
    llvm::raw_string_ostream keyStream(keys);
    keyStream << branch.attend.getKeys();
    if (int64_t count = getListSize(branch))
      keyStream << " top " << count;
    double pairs = getPairs(branch, sequences);
    table.addRow({branch.name, keys, formatv("{0:f0}", pairs),
                  formatv("{0:f1} %", dense > 0 ? pairs / dense * 100 : 0)});
  }
  stream << "\n";
  table.print(stream);
}

static void printArrays(const Workload &workload, llvm::ArrayRef<NamedArray> outputs,
                        raw_ostream &stream) {
  TextTable table;
  table.addRow({"array", "shape", "values"});
  for (const NamedArray &input : workload.inputs)
    table.addRow({input.name, formatShape(input.array), input.source});
  for (const NamedArray &output : outputs)
    table.addRow({output.name, formatShape(output.array), "computed"});
  stream << "\n";
  table.print(stream);
}

static void printVerification(const RunReport &report, int64_t tokens,
                              raw_ostream &stream) {
  const VerifyReport &verified = *report.verified;
  stream << "\nverified against the reference: "
         << (verified.checkedTokens == tokens
                 ? std::string("every token")
                 : formatv("{0} sampled tokens of {1}", verified.checkedTokens, tokens)
                       .str())
         << "\n";
  TextTable selections;
  selections.addRow({"blocks", "lists", "differing", "worst gap", "tolerance", ""});
  for (const SelectionCheck &check : verified.selections)
    selections.addRow({check.name, std::to_string(check.lists),
                       std::to_string(check.differing), formatError(check.worstGap),
                       formatError(check.tolerance),
                       formatVerdict(check.problem.empty())});
  if (!verified.selections.empty())
    selections.print(stream);
  for (const SelectionCheck &check : verified.selections)
    if (!check.problem.empty())
      stream << "  " << check.name << ": " << check.problem << "\n";

  TextTable values;
  values.addRow({"output", "max |err|", "tolerance", "max |ref|", ""});
  for (const OutputCheck &check : verified.outputs)
    values.addRow({check.name, formatError(check.maxError),
                   formatError(check.tolerance), formatError(check.maxReference),
                   formatVerdict(check.passed())});
  values.print(stream);
  for (const std::string &name : report.differsFromAuxiliary)
    stream << "  " << name
           << ": expected the same bits with and without auxiliary results\n";
}

double RunReport::getMedianSeconds() const {
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

static double getLeastSeconds(const RunReport &report) {
  return *std::min_element(report.seconds.begin(), report.seconds.end());
}

static void printTimes(const RunReport &report, raw_ostream &stream) {
  TextTable table;
  if (report.compileSeconds > 0)
    table.addRow({"compile", formatv("{0:f2} s", report.compileSeconds)});
  table.addRow({"run", formatv("{0:f3} ms median, {1:f3} ms least, of {2}",
                               report.getMedianSeconds() * 1e3,
                               getLeastSeconds(report) * 1e3, report.seconds.size())});
  stream << "\n";
  table.print(stream);
}

void fovea::printReport(const RunReport &report, mlir::func::FuncOp function,
                        const Workload &workload, llvm::ArrayRef<NamedArray> outputs,
                        raw_ostream &stream) {
  printHeading(report, function, workload.sequences, stream);
  printBranches(function, workload.sequences, stream);
  printArrays(workload, outputs, stream);
  if (report.verified)
    printVerification(report, workload.getTokens(), stream);
  if (!report.seconds.empty())
    printTimes(report, stream);
}

static llvm::json::Object toJson(const VerifyReport &verified, bool passed) {
  llvm::json::Array blocks, outputs;
  for (const SelectionCheck &check : verified.selections)
    blocks.push_back(llvm::json::Object{{"name", check.name},
                                        {"lists", check.lists},
                                        {"differing", check.differing},
                                        {"worst_gap", check.worstGap},
                                        {"tolerance", check.tolerance},
                                        {"problem", check.problem}});
  for (const OutputCheck &check : verified.outputs)
    outputs.push_back(llvm::json::Object{{"name", check.name},
                                         {"max_error", check.maxError},
                                         {"tolerance", check.tolerance},
                                         {"max_reference", check.maxReference},
                                         {"passed", check.passed()}});
  return llvm::json::Object{{"passed", passed},
                            {"tokens", verified.checkedTokens},
                            {"blocks", std::move(blocks)},
                            {"outputs", std::move(outputs)}};
}

llvm::json::Object fovea::toJson(const RunReport &report) {
  llvm::json::Object result{{"spec", report.specPath},
                            {"entry", report.entry},
                            {"device", report.device},
                            {"lengths", llvm::json::Array(report.lengths)},
                            {"compile_seconds", report.compileSeconds}};
  if (!report.seconds.empty())
    result["time"] = llvm::json::Object{{"repetitions", int64_t(report.seconds.size())},
                                        {"median_seconds", report.getMedianSeconds()},
                                        {"min_seconds", getLeastSeconds(report)}};
  if (report.verified)
    result["verified"] = ::toJson(*report.verified, report.passed());
  return result;
}
