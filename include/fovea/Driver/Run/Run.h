//===- Run.h - a spec on real arrays ----------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_RUN_RUN_H
#define FOVEA_DRIVER_RUN_RUN_H

#include "fovea/Driver/Compile/Compiler.h"
#include "fovea/Driver/Run/RunReport.h"
#include "fovea/Driver/Run/Workload.h"

#include <map>
#include <string>

namespace fovea {

enum class Device {
  Cpu,      ///< compiled for this machine
  Cuda,     ///< compiled for this machine's first GPU
  Reference ///< plain loops in double
};

struct RunOptions {
  Device device = Device::Cpu;
  CompileOptions compile;
  WorkloadOptions workload;
  /// Also the backward entry of the forward one, on what that took and saved, and on
  /// gradients of its results that are made up, or read.
  bool backward = false;
  unsigned threads = 0;     ///< of the CPU; 0: the parallel runtime's choice
  std::string cudaDriver;   ///< for dlopen; empty: libcuda.so.1
  unsigned repetitions = 0; ///< timed runs after a first one; 0: no timing
  bool verify = false;
  int64_t verifyTokens = 256; ///< query tokens that are verified; 0: all, as gradients
  std::map<std::string, std::string> outputFiles; ///< .npy by result name
  std::string plotPath;                           ///< .svg; empty: no plot
  std::string jsonPath;                           ///< the report as JSON; empty: none
};

/// Runs the spec in `path`, prints a table to `stream`, and writes what was
/// asked for. Fails, after one message on stderr, if anything is wrong with the
/// request, and after the table if verification fails.
llvm::LogicalResult run(llvm::StringRef path, const RunOptions &options,
                        llvm::raw_ostream &stream);

/// The same for a spec that was read already. `report` tells what was found, also
/// after a failed verification.
llvm::LogicalResult run(SpecFile &spec, const RunOptions &options, RunReport &report,
                        llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_DRIVER_RUN_RUN_H
