//===- PtxasReport.h - what ptxas says of its kernels -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_GPU_PTXASREPORT_H
#define FOVEA_TARGET_GPU_PTXASREPORT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace fovea {

/// One function of a cubin: a kernel, or a device function that was not
/// inlined.
struct FunctionReport {
  std::string name;
  bool isKernel = false;
  int64_t stackBytes = 0;
  int64_t spillStoreBytes = 0;
  int64_t spillLoadBytes = 0;
  // Of kernels only.
  int64_t registers = 0; ///< per thread, at launch: setmaxnreg is not counted
  /// None before CUDA 12.6, which does not say.
  std::optional<int64_t> barriers = std::nullopt;
  int64_t staticSharedBytes = 0;
  std::string target = ""; ///< what it was compiled for: "sm_90a"
};

/// A remark about the code, such as C7514: wgmma is serialized.
struct PtxasAdvisory {
  unsigned code = 0;    ///< the 7514 of C7514; 0 for a plain warning
  std::string function; ///< empty where ptxas names none
  std::string text;
};

/// The output of `ptxas -v`.
struct PtxasReport {
  std::vector<FunctionReport> functions;
  std::vector<PtxasAdvisory> advisories;
};

/// Reads what `ptxas -v` printed, of whatever name ptxas was called by. Lines that say
/// nothing of a function are skipped. Fails where a kernel lacks its numbers, so that a
/// new ptxas' changed wording is not taken for a kernel without spills.
llvm::Expected<PtxasReport> parsePtxasReport(llvm::StringRef output);

/// What ptxas printed of errors, each line behind "\n  "; empty if there are none.
std::string getPtxasErrors(llvm::StringRef output);

/// Whether `errors` say that a kernel needs more than a GPU has: another schedule may
/// do with less. Any other error is a fault, of the PTX or of ptxas, that no schedule
/// mends.
bool isResourceRefusal(llvm::StringRef errors);

/// One line per function and per advisory.
void printPtxasReport(const PtxasReport &report, llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_TARGET_GPU_PTXASREPORT_H
