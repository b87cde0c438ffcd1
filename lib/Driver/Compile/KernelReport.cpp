//===- KernelReport.cpp - what each GPU kernel uses -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelReport.h"

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/Occupancy.h"
#include "fovea/Support/TextTable.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace fovea;

/// Bytes that the kernel and the functions it calls store and load.
static int64_t getSpillBytes(const PtxasReport &report) {
  int64_t bytes = 0;
  for (const FunctionReport &function : report.functions)
    bytes += function.spillStoreBytes + function.spillLoadBytes;
  return bytes;
}

static std::vector<std::string> getRow(const CompiledKernel &kernel,
                                       const GpuTargetInfo &target) {
  std::string threads = std::to_string(kernel.abi.getThreads());
  std::string shared = std::to_string(kernel.getSharedBytes()) + " B";
  const FunctionReport *usage = kernel.getUsage();
  if (!usage) // not assembled: only what the launch says is known
    return {kernel.name, threads, "?", shared, "?", "?"};
  int64_t blocks = getResidentBlocks(
      {kernel.abi.getThreads(), usage->registers, kernel.getSharedBytes()}, target);
  return {kernel.name,
          threads,
          std::to_string(usage->registers),
          shared,
          std::to_string(getSpillBytes(kernel.report)) + " B",
          std::to_string(blocks)};
}

void fovea::printKernelReport(llvm::ArrayRef<CompiledKernel> kernels,
                              const GpuTargetInfo &target, llvm::raw_ostream &stream) {
  TextTable table;
  table.addRow({"kernel", "threads", "registers", "shared", "spills", "blocks per SM"});
  for (const CompiledKernel &kernel : kernels)
    table.addRow(getRow(kernel, target));
  table.print(stream);
  for (const CompiledKernel &kernel : kernels)
    for (const PtxasAdvisory &advisory : kernel.report.advisories) {
      stream << kernel.name << ": ";
      if (advisory.code)
        stream << "C" << advisory.code << ": ";
      stream << advisory.text << "\n";
    }
}

/// tokens/keys/stages/outer_stages, and in words what is not by default.
static std::string describe(tile::ScheduleAttr schedule) {
  tile::GpuAttr gpu = schedule.getGpu();
  std::string text =
      llvm::formatv("{0}/{1}/{2}/{3}", schedule.getTokens(), schedule.getKeys(),
                    gpu.getStages(), gpu.getOuterStages());
  if (gpu.getProducts() == tile::Products::Warp)
    text += " by warp";
  if (gpu.getResidency() > 1)
    text += llvm::formatv(" {0} blocks", gpu.getResidency()).str();
  if (gpu.getTeams() > 1)
    text += llvm::formatv(" {0} teams", gpu.getTeams()).str();
  if (gpu.getOverlap())
    text += gpu.getTurns() ? " overlap in turns" : " overlap";
  return text;
}

void fovea::printScheduleReport(mlir::ModuleOp module,
                                llvm::ArrayRef<CompiledKernel> kernels,
                                llvm::raw_ostream &stream) {
  TextTable table;
  table.addRow({"kernel", "schedule", "rows per token", "rows per head"});
  for (const CompiledKernel &kernel : kernels) {
    mlir::Operation *op = module.lookupSymbol(kernel.name);
    auto schedule = op->getAttrOfType<tile::ScheduleAttr>(tile::kScheduleAttrName);
    if (!schedule || !schedule.getGpu())
      continue;
    int64_t rows = schedule.getGroupRows();
    auto heads = op->getAttrOfType<mlir::IntegerAttr>(tile::kHeadsAttrName);
    table.addRow(
        {kernel.name, describe(schedule), rows ? std::to_string(rows) : "heads",
         heads ? llvm::formatv("{0:f2}", double(llvm::alignTo(heads.getInt(), rows)) /
                                             heads.getInt())
                     .str()
               : "1"});
  }
  stream << "\n";
  table.print(stream);
}
