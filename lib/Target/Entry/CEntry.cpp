//===- CEntry.cpp - an entry as C code sees it ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Entry/CEntry.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace fovea;
using llvm::StringRef;

static constexpr CpuStatusInfo kStatuses[] = {
    {CpuStatus::Ok, "FOVEA_CPU_OK", "", "ok"},
    {CpuStatus::Sequences, "FOVEA_CPU_ERROR_SEQUENCES",
     "cu_seqlens does not start at 0, decreases, or does not end at tokens; or a "
     "sequence\n      has fewer tokens than queries, or more than rows.",
     "expected cu_seqlens to start at 0, not to decrease, and to end at tokens, and of "
     "a sequence no fewer tokens than queries and no more than rows"},
    {CpuStatus::Null, "FOVEA_CPU_ERROR_NULL",
     "args, or an array that has elements, is null.", "expected no null pointer"},
    {CpuStatus::Alignment, "FOVEA_CPU_ERROR_ALIGNMENT",
     "An array is not aligned to its element type.",
     "expected arrays aligned to their element type"},
    {CpuStatus::Size, "FOVEA_CPU_ERROR_SIZE",
     "tokens or sequences is negative or more than 2^31 - 1, or not the number that\n"
     "      the spec's arrays of static sizes are for; or tokens are more than the "
     "lists\n"
     "      of a gradient are for.",
     "expected tokens and sequences from 0 to 2^31 - 1, and those that arrays of "
     "static sizes, and lists of a gradient, are for"},
    {CpuStatus::Memory, "FOVEA_CPU_ERROR_MEMORY",
     "There is too little memory for intermediate results. Outputs may be written.",
     "expected memory for intermediate results, got none"},
};

llvm::ArrayRef<CpuStatusInfo> fovea::getCpuStatuses() { return kStatuses; }

StringRef fovea::getCpuStatusText(int32_t status) {
  for (const CpuStatusInfo &info : kStatuses)
    if (int32_t(info.status) == status)
      return info.text;
  return "unknown status";
}

/// Counts changes of what an entry's C function takes and returns.
static constexpr int kInterfaceVersion = 1;

std::string fovea::getContentTag(mlir::ModuleOp module, StringRef target) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << kInterfaceVersion << "\n" << target << "\n";
  module->print(stream, mlir::OpPrintingFlags().enableDebugInfo(false));
  return llvm::formatv("{0:x-16}", llvm::xxh3_64bits(text));
}

std::string fovea::getCpuSymbol(StringRef entry) {
  return ("fovea_cpu_" + entry).str();
}
