//===- RunReport.h - what a run found, as a table ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_RUN_RUNREPORT_H
#define FOVEA_DRIVER_RUN_RUNREPORT_H

#include "fovea/Driver/Run/Verify.h"
#include "fovea/Driver/Run/Workload.h"

#include "llvm/Support/JSON.h"

#include <memory>
#include <optional>

namespace fovea {

struct RunReport {
  std::string specPath;
  std::string entry;
  std::string device;
  std::vector<int64_t> lengths; ///< of the batch's sequences
  std::vector<double> pairs;    ///< of (query, key) of each branch, per head
  std::vector<double> seconds;  ///< of each timed run
  double compileSeconds = 0;
  std::optional<VerifyReport> verified;
  /// Of a backward entry's run: the run before it, of the forward one.
  std::unique_ptr<RunReport> forward;
  /// Outputs whose bits depend on whether auxiliary results are asked for.
  std::vector<std::string> differsFromAuxiliary;

  /// Of the timed runs; there is at least one.
  double getMedianSeconds() const;
  /// Whether a verified run passed.
  bool passed() const {
    return verified && verified->passed() && differsFromAuxiliary.empty();
  }
};

/// What the table says, for programs:
///   {"spec", "entry", "device", "lengths", "compile_seconds",
///    "time": {"repetitions", "median_seconds", "min_seconds"},
///    "verified": {"passed", "tokens", "blocks": [{"name", "rule", "lists",
///      "differing", "undecided_lists", "worst_gap", "bound", "problem", "passed"}],
///      "outputs": [{"name", "rule", "rows", "wrong_rows", "undecided_rows",
///      "worst_ratio", "error", "bound", "reference", "problem", "passed"}],
///      "not_compared": [{"name", "reason"}]}, "forward"}
/// time and verified are there where the run was timed and verified, forward, which is
/// such an object, where the run is a backward entry's behind it. Numbers that
/// are not finite are the strings "inf", "-inf" and "nan".
llvm::json::Object toJson(const RunReport &report);

/// Prints the table. `function` is unfused, with auxiliary results; `outputs`
/// are those of the spec as it stands.
void printReport(const RunReport &report, mlir::func::FuncOp function,
                 const Workload &workload, llvm::ArrayRef<NamedArray> outputs,
                 llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_DRIVER_RUN_RUNREPORT_H
