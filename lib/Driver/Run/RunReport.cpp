//===- RunReport.cpp - what a run found, as a table -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Run/RunReport.h"

#include "Branches.h"
#include "fovea/Support/TextTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace fovea;
using llvm::formatv;
using llvm::raw_ostream;

static std::string formatShape(const NpyArray &array) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(array.shape, stream, [&](int64_t size) { stream << size; }, " x ");
  stream << " " << getName(array.type);
  return text;
}

static std::string formatError(double value) { return formatv("{0:e2}", value); }

static const char *formatVerdict(bool passed) { return passed ? "ok" : "FAILED"; }

static void printHeading(const RunReport &report, mlir::func::FuncOp function,
                         const reference::Sequences &sequences, raw_ostream &stream) {
  int64_t longest = 0, tokens = 0;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    longest = std::max(longest, sequences.length(b));
    tokens += sequences.length(b);
  }
  TextTable table;
  table.addRow({"entry", formatv("{0} of {1}", function.getName(), report.specPath)});
  table.addRow({"device", report.device});
  table.addRow(
      {"tokens", formatv("{0} in {1} sequence{2}, the longest of {3}", tokens,
                         sequences.size(), sequences.size() == 1 ? "" : "s", longest)});
  if (sequences.hasQueries())
    table.addRow({"queries", formatv("{0}, the last tokens of their sequences",
                                     sequences.numQueryRows())});
  table.print(stream);
}

static void printBranches(const RunReport &report, mlir::func::FuncOp function,
                          const reference::Sequences &sequences, raw_ostream &stream) {
  std::vector<Branch> branches = getBranches(function);
  if (branches.empty())
    return;
  TextTable table;
  table.addRow({"branch", "key set", "pairs per head", "of dense causal"});
  double dense = getCausalPairs(sequences);
  for (auto [branch, pairs] : llvm::zip_equal(branches, report.pairs)) {
    std::string keys;
    llvm::raw_string_ostream keyStream(keys);
    keyStream << branch.attended.keys;
    if (int64_t count = getListSize(branch))
      keyStream << " top " << count;
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

static void printSelections(const VerifyReport &verified, raw_ostream &stream) {
  if (verified.selections.empty())
    return;
  TextTable table;
  table.addRow({"blocks", "lists", "differing", "worst gap", "bound", "rule", ""});
  for (const SelectionCheck &check : verified.selections)
    table.addRow({check.name, std::to_string(check.lists),
                  std::to_string(check.differing), formatError(check.worstGap),
                  formatError(check.bound), check.rule, formatVerdict(check.passed())});
  table.print(stream);
  for (const SelectionCheck &check : verified.selections) {
    if (!check.problem.empty())
      stream << "  " << check.name << ": " << check.problem << "\n";
    if (check.undecidedLists)
      stream << "  " << check.name << ": " << check.undecidedLists << " of "
             << check.lists << " lists undecided, " << getMostUndecided(check.lists)
             << " may be: f32 does not know the scores that well\n";
  }
}

static void printOutputs(const VerifyReport &verified, raw_ostream &stream) {
  if (verified.outputs.empty())
    return;
  TextTable table;
  table.addRow(
      {"output", "rows", "|err| / bound", "|err|", "bound", "|ref|", "rule", ""});
  for (const OutputCheck &check : verified.outputs)
    table.addRow({check.name, std::to_string(check.rows), formatError(check.worstRatio),
                  formatError(check.error), formatError(check.bound),
                  formatError(std::fabs(check.reference)), check.rule,
                  formatVerdict(check.passed())});
  table.print(stream);
  for (const OutputCheck &check : verified.outputs) {
    if (check.wrongRows)
      stream << "  " << check.name << ": " << check.wrongRows << " rows wrong\n";
    if (check.undecidedRows)
      stream << "  " << check.name << ": " << check.undecidedRows << " of "
             << check.rows << " rows undecided, " << getMostUndecided(check.rows)
             << " may be: f32 does not know their logits that well\n";
    if (!check.problem.empty())
      stream << "  " << check.name << ": " << check.problem << "\n";
  }
}

static void printVerification(const RunReport &report, int64_t tokens,
                              raw_ostream &stream) {
  const VerifyReport &verified = *report.verified;
  stream << (report.passed() ? "\nverified against the reference: "
                             : "\ncompared with the reference: ")
         << (verified.checkedTokens == tokens
                 ? std::string("every token")
                 : formatv("{0} sampled tokens of {1}", verified.checkedTokens, tokens)
                       .str())
         << "\n";
  printSelections(verified, stream);
  printOutputs(verified, stream);
  for (const NotCompared &missing : verified.notCompared)
    stream << "  not compared: " << missing.name << ", because " << missing.reason
           << "\n";
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
  printBranches(report, function, workload.sequences, stream);
  printArrays(workload, outputs, stream);
  if (report.verified)
    printVerification(report, workload.getTokens(), stream);
  if (!report.seconds.empty())
    printTimes(report, stream);
}

/// JSON has no infinity and no NaN: they are strings.
static llvm::json::Value toJson(double value) {
  if (std::isfinite(value))
    return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

static llvm::json::Object toJson(const SelectionCheck &check) {
  return llvm::json::Object{{"name", check.name},
                            {"rule", check.rule},
                            {"lists", check.lists},
                            {"differing", check.differing},
                            {"undecided_lists", check.undecidedLists},
                            {"worst_gap", toJson(check.worstGap)},
                            {"bound", toJson(check.bound)},
                            {"problem", check.problem},
                            {"passed", check.passed()}};
}

static llvm::json::Object toJson(const OutputCheck &check) {
  return llvm::json::Object{{"name", check.name},
                            {"rule", check.rule},
                            {"rows", check.rows},
                            {"wrong_rows", check.wrongRows},
                            {"undecided_rows", check.undecidedRows},
                            {"worst_ratio", toJson(check.worstRatio)},
                            {"error", toJson(check.error)},
                            {"bound", toJson(check.bound)},
                            {"reference", toJson(check.reference)},
                            {"problem", check.problem},
                            {"passed", check.passed()}};
}

static llvm::json::Object toJson(const VerifyReport &verified, bool passed) {
  llvm::json::Array blocks, outputs, notCompared;
  for (const SelectionCheck &check : verified.selections)
    blocks.push_back(toJson(check));
  for (const OutputCheck &check : verified.outputs)
    outputs.push_back(toJson(check));
  for (const NotCompared &missing : verified.notCompared)
    notCompared.push_back(
        llvm::json::Object{{"name", missing.name}, {"reason", missing.reason}});
  return llvm::json::Object{{"passed", passed},
                            {"tokens", verified.checkedTokens},
                            {"blocks", std::move(blocks)},
                            {"outputs", std::move(outputs)},
                            {"not_compared", std::move(notCompared)}};
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
  if (report.forward)
    result["forward"] = toJson(*report.forward);
  return result;
}
