//===- RunReport.h - what a run found, as a table ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUNREPORT_H
#define FOVEA_LIB_DRIVER_RUNREPORT_H

#include "fovea/Driver/Verify.h"
#include "fovea/Driver/Workload.h"

#include <optional>

namespace fovea {

struct RunReport {
  std::string specPath;
  std::string device;
  std::vector<double> seconds; ///< of each timed run
  double compileSeconds = 0;
  std::optional<VerifyReport> verified;
  /// Outputs whose bits depend on whether auxiliary results are asked for.
  std::vector<std::string> differsFromAuxiliary;

  /// Whether a verified run passed.
  bool passed() const {
    return verified && verified->passed() && differsFromAuxiliary.empty();
  }
};

/// Prints the table. `function` is unfused, with auxiliary results; `outputs`
/// are those of the spec as it stands.
void printReport(const RunReport &report, mlir::func::FuncOp function,
                 const Workload &workload, llvm::ArrayRef<NamedArray> outputs,
                 llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUNREPORT_H
