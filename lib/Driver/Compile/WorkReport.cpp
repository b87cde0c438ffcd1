//===- WorkReport.cpp - the least that each GPU kernel needs --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "WorkReport.h"

#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Support/TextTable.h"
#include "fovea/Tuning/Machine.h"
#include "fovea/Tuning/Work.h"
#include "llvm/Support/FormatVariadic.h"

using namespace fovea;
using llvm::formatv;

/// "4.39 T": three digits or more, and a power of 1000.
static std::string formatCount(double count) {
  llvm::StringRef prefixes[] = {"", " k", " M", " G", " T", " P"};
  size_t power = 0;
  for (; count >= 1000 && power + 1 < std::size(prefixes); ++power)
    count /= 1000;
  if (power == 0)
    return formatv("{0:f0}", count);
  return formatv(count < 10    ? "{0:f2}{1}"
                 : count < 100 ? "{0:f1}{1}"
                               : "{0:f0}{1}",
                 count, prefixes[power]);
}

static std::string formatMilliseconds(double seconds) {
  return formatv("{0:f3} ms", seconds * 1e3);
}

void fovea::printWorkReport(mlir::ModuleOp module,
                            llvm::ArrayRef<CompiledKernel> kernels,
                            const GpuOptions &options, llvm::raw_ostream &stream) {
  const tuning::Machine *machine = tuning::lookupMachine(options.target->name);
  TextTable table;
  table.addRow({"kernel", "FLOPs", "exps", "bytes", "bytes of keys", "bound", "by"});
  bool any = false;
  for (const CompiledKernel &kernel : kernels) {
    std::optional<tuning::Work> work =
        tuning::getWork(module.lookupSymbol(kernel.name));
    if (!work || !machine)
      continue;
    any = true;
    tuning::Bound bound = tuning::predictBound(*work, *machine);
    table.addRow({kernel.name, formatCount(work->flops), formatCount(work->exps),
                  formatCount(work->bytes), formatCount(work->keyBytes),
                  formatMilliseconds(bound.seconds), bound.resource.str()});
  }
  if (!any)
    return;
  stream << "\nat least, per launch, for a sequence of " << options.workTokens
         << " tokens on one " << machine->name << ":\n";
  table.print(stream);
}

void fovea::printWorkspaceReport(llvm::ArrayRef<LaunchProgram> entries,
                                 const GpuOptions &options, llvm::raw_ostream &stream) {
  TextTable table;
  table.addRow({"entry", "workspace"});
  for (const LaunchProgram &entry : entries)
    table.addRow(
        {entry.signature.name, formatCount(countWorkspaceBytes(
                                   entry, {options.workTokens, /*sequences=*/1})) +
                                   "B"});
  if (entries.empty())
    return;
  stream << "\nintermediates, for a sequence of " << options.workTokens << " tokens:\n";
  table.print(stream);
}
