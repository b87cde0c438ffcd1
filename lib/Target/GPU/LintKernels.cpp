//===- LintKernels.cpp - kernels that compile but must not ship -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/LintKernels.h"

#include "fovea/Hardware/Occupancy.h"
#include "llvm/Support/FormatVariadic.h"

using namespace fovea;

bool fovea::isFailureAdvisory(const PtxasAdvisory &advisory) {
  llvm::StringRef text = advisory.text;
  // The words come first, for releases have given one number two meanings.
  if (text.contains("serialized") || text.contains("'setmaxnreg' ignored"))
    return true;
  if (text.starts_with("warpgroup.arrive is injected"))
    return false;
  return advisory.code >= 7500 && advisory.code < 7600;
}

std::string Finding::describe() const {
  std::string where = function.empty() ? "" : "kernel '" + function + "': ";
  switch (kind) {
  case FindingKind::Spill:
    return llvm::formatv("{0}expected no register spills, got {1} B", where, measured);
  case FindingKind::Advisory:
    if (measured == 0)
      return llvm::formatv("{0}expected no warning, got: {1}", where, text);
    return llvm::formatv("{0}expected no C{1}, got: {2}", where, measured, text);
  case FindingKind::SharedMemory:
    return llvm::formatv(
        "{0}expected at most {1} B of shared memory per block, got {2} B", where, limit,
        measured);
  case FindingKind::Registers:
    return llvm::formatv("{0}expected at most {1} registers per thread, got {2}", where,
                         limit, measured);
  case FindingKind::BlockRegisters:
    return llvm::formatv("{0}expected at most {1} registers per block, got {2}", where,
                         limit, measured);
  case FindingKind::Refused:
    return where + text;
  }
  llvm_unreachable("all kinds are described");
}

/// The findings about what one function uses.
static void lintUsage(const FunctionReport &function, const GpuTargetInfo &target,
                      const LintLimits &limits, std::vector<Finding> &findings) {
  if (int64_t bytes = function.spillStoreBytes + function.spillLoadBytes)
    findings.push_back({FindingKind::Spill, function.name, bytes, 0, ""});
  if (!function.isKernel)
    return;
  int64_t shared = function.staticSharedBytes + limits.dynamicSharedBytes;
  if (shared > target.sharedBytesPerBlock)
    findings.push_back({FindingKind::SharedMemory, function.name, shared,
                        target.sharedBytesPerBlock, ""});
  int64_t maxRegisters =
      limits.maxRegisters ? limits.maxRegisters : target.maxRegistersPerThread;
  if (function.registers > maxRegisters)
    findings.push_back(
        {FindingKind::Registers, function.name, function.registers, maxRegisters, ""});
  int64_t blockRegisters =
      getBlockRegisters(function.registers, limits.threads, target);
  if (blockRegisters > target.registersPerSM)
    findings.push_back({FindingKind::BlockRegisters, function.name, blockRegisters,
                        target.registersPerSM, ""});
}

std::vector<Finding> fovea::lintKernels(const PtxasReport &report,
                                        const GpuTargetInfo &target,
                                        const LintLimits &limits) {
  std::vector<Finding> findings;
  for (const FunctionReport &function : report.functions)
    lintUsage(function, target, limits, findings);
  for (const PtxasAdvisory &advisory : report.advisories)
    if (isFailureAdvisory(advisory))
      findings.push_back(
          {FindingKind::Advisory, advisory.function, advisory.code, 0, advisory.text});
  return findings;
}
