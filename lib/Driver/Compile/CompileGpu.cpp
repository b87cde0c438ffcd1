//===- CompileGpu.cpp - from nvvm to what a GPU loads ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Compile/CompileGpu.h"

#include "KernelReport.h"
#include "ScheduleExplanation.h"
#include "WorkReport.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Target/Bundle/Bundle.h"
#include "fovea/Tuning/Candidates.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/ScheduleTable.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <optional>

using namespace fovea;
using mlir::failure;
using mlir::success;

/// Makes the `cache` of the ptxas to run, if one is to be. PTX and an explanation do
/// without; what is said of it is less then.
static mlir::LogicalResult selectPtxas(Emit kind, const CompileOptions &options,
                                       std::optional<AssemblyCache> &cache) {
  bool isNeeded = kind != Emit::Ptx && kind != Emit::Explanation;
  if (!isNeeded && !options.gpu.report && options.gpu.explain == Explain::Not)
    return success();
  llvm::Expected<Ptxas> ptxas = findPtxas(options.gpu.ptxas);
  if (ptxas) {
    cache.emplace(std::move(*ptxas));
    return success();
  }
  llvm::errs() << (isNeeded ? "error: " : "note: ") << llvm::toString(ptxas.takeError())
               << "\n";
  return success(!isNeeded);
}

/// Whether there is a kernel to write that `options` names, or one and no name.
static mlir::LogicalResult checkSelection(mlir::ModuleOp module, Emit kind,
                                          const CompileOptions &options) {
  llvm::SmallVector<llvm::StringRef> names;
  for (mlir::Operation &op : module.getOps())
    if (tile::isLoweredKernel(&op))
      names.push_back(mlir::SymbolTable::getSymbolName(&op));
  llvm::StringRef asked = options.gpu.kernel;
  bool isEnough = kind != Emit::Cubin || names.size() == 1;
  if (asked.empty() ? isEnough : llvm::is_contained(names, asked))
    return success();
  mlir::InFlightDiagnostic diagnostic = module.emitError();
  diagnostic << "expected --kernel to name one of ";
  llvm::interleaveComma(names, diagnostic);
  return diagnostic << ", got " << (asked.empty() ? "none" : asked);
}

namespace {
/// What a compile for a GPU leaves.
struct GpuProgram {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<LaunchProgram> entries;
  std::vector<CompiledKernel> kernels;
};

/// What one attempt leaves to the next.
struct Attempts {
  Emit kind;
  /// What each is a copy of, with the schedules that were not tried yet.
  mlir::OwningOpRef<mlir::ModuleOp> attn;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> earlier; ///< that `cache` looks at
  std::optional<AssemblyCache> cache;                     ///< none: no machine code
  tuning::ScheduleTables tables;
  std::vector<RefusedSchedule> refused;
  llvm::StringSet<> exhausted; ///< keys of candidates of which none fits
};
} // namespace

/// Says so where a table's schedule is not taken: it is no longer what was measured.
static void remarkTable(const RefusedSchedule &refused, const GpuTargetInfo &target,
                        const Attempts &attempts) {
  mlir::Operation *op = tuning::findCandidates(*attempts.attn, refused.operation);
  if (!op)
    return;
  for (const tuning::TableMatch &match :
       attempts.tables.find(tuning::describeKernel(op, target)))
    if (match.isExact && match.entry->getRank(refused.schedule))
      op->emitRemark() << "the schedule of " << match.table->describe(*match.entry)
                       << " is not taken: " << refused.finding;
}

/// Strikes the schedule of each kernel that has findings out of its operation's
/// candidates. One that has no other stays as it is, to be refused beside those alone
/// that have none either. False where nothing was struck out.
static mlir::FailureOr<bool>
dropRefused(GpuProgram &program, const GpuTargetInfo &target, Attempts &attempts) {
  bool any = false;
  for (const CompiledKernel &kernel : program.kernels) {
    if (kernel.findings.empty())
      continue;
    mlir::Operation *op = program.module->lookupSymbol(kernel.name);
    auto candidate = op->getAttrOfType<tile::CandidateAttr>(tile::kCandidateAttrName);
    if (!candidate || attempts.exhausted.contains(candidate.getKey()))
      continue;
    RefusedSchedule refused{
        kernel.name, candidate.getKey().str(),
        op->getAttrOfType<tile::ScheduleAttr>(tile::kScheduleAttrName),
        kernel.findings.front().describe()};
    remarkTable(refused, target, attempts);
    mlir::FailureOr<bool> dropped = tuning::dropCandidate(
        *attempts.attn, candidate.getKey(), target, attempts.tables);
    if (failed(dropped))
      return failure();
    if (!*dropped) {
      attempts.exhausted.insert(candidate.getKey());
      continue;
    }
    attempts.refused.push_back(std::move(refused));
    any = true;
  }
  return any;
}

static mlir::LogicalResult compileOnce(const CompileOptions &options,
                                       Attempts &attempts, StageTimer &timer,
                                       GpuProgram &program) {
  Emit kind = attempts.kind;
  attempts.earlier.push_back(std::move(program.module));
  program = GpuProgram();
  program.module = attempts.attn->clone();
  if (failed(lowerAttn(*program.module, Level::Nvvm, options, timer)) ||
      failed(checkSelection(*program.module, kind, options)))
    return failure();
  if (kind == Emit::Bundle) {
    addSequenceChecks(*program.module);
    if (failed(readLaunchPrograms(*program.module, program.entries)))
      return failure();
  }
  const GpuOptions &gpu = options.gpu;
  AssemblyCache *cache = attempts.cache ? &*attempts.cache : nullptr;
  if (failed(timer.time("nvvm to PTX", [&] {
        return emitKernels(*program.module, *gpu.target, gpu.kernel, gpu.jobs, cache,
                           program.kernels);
      })))
    return failure();
  if (!cache)
    return success();
  return timer.time("PTX to machine code", [&] {
    return assembleKernels(*program.module, *gpu.target, gpu.jobs, *cache,
                           program.kernels);
  });
}

/// Why the kernels have their schedules, to `stream` if nothing else is to be written.
static void explain(GpuProgram &program, const CompileOptions &options,
                    const Attempts &attempts, llvm::raw_ostream &stream) {
  if (options.gpu.explain == Explain::Not)
    return;
  writeExplanation({*attempts.attn, *program.module, program.kernels, attempts.refused,
                    attempts.tables, *options.gpu.target, options.gpu.workTokens},
                   options.gpu.explain,
                   attempts.kind == Emit::Explanation ? stream : llvm::outs());
}

static void report(GpuProgram &program, const CompileOptions &options,
                   const Attempts &attempts) {
  if (!options.gpu.report)
    return;
  printKernelReport(program.kernels, *options.gpu.target, llvm::errs());
  printScheduleReport(*program.module, program.kernels, llvm::errs());
  for (const RefusedSchedule &refused : attempts.refused)
    llvm::errs() << refused.kernel << ": " << refused.schedule
                 << " is not taken: " << refused.finding << "\n";
  printWorkReport(*program.module, program.kernels, options.gpu, llvm::errs());
  printWorkspaceReport(program.entries, options.gpu, llvm::errs());
}

static void writeProgram(const GpuProgram &program, Emit kind,
                         const GpuTargetInfo &target, llvm::raw_ostream &stream) {
  if (kind == Emit::Explanation)
    return;
  if (kind == Emit::Bundle)
    return writeBundle(
        {target.name, program.kernels, program.entries, !target.isArchSpecific},
        stream);
  for (const CompiledKernel &kernel : program.kernels) {
    if (kind == Emit::Ptx)
      stream << "// kernel " << kernel.name << "\n" << kernel.ptx;
    else
      stream << kernel.cubin;
  }
}

/// Choices of schedules that one compile tries, a second or two each: where that many
/// leave a kernel with findings, the shape is refused.
static constexpr int64_t kMostAttempts = 12;
/// What all of them may give to ptxas, in bytes of PTX or in times of the first one:
/// what a compile takes is bounded by what it is of, and no clock changes what comes
/// out.
static constexpr size_t kMostTriedBytes = 1 << 20, kMostTimesTried = 3;

/// Compiles until the target takes all kernels, or nothing is left to try.
static mlir::LogicalResult tryCandidates(const CompileOptions &options,
                                         Attempts &attempts, StageTimer &timer,
                                         GpuProgram &program) {
  if (failed(compileOnce(options, attempts, timer, program)))
    return failure();
  if (!attempts.cache)
    return success();
  const size_t mostBytes =
      std::max(kMostTriedBytes, kMostTimesTried * attempts.cache->getAssembledBytes());
  for (int64_t number = 1; number < kMostAttempts; ++number) {
    if (attempts.cache->getAssembledBytes() > mostBytes)
      return success();
    mlir::FailureOr<bool> dropped = dropRefused(program, *options.gpu.target, attempts);
    if (failed(dropped))
      return failure();
    if (!*dropped)
      return success();
    if (failed(compileOnce(options, attempts, timer, program)))
      return failure();
  }
  return success();
}

mlir::LogicalResult fovea::emitGpuCode(SpecFile &spec, Emit kind,
                                       const CompileOptions &options, StageTimer &timer,
                                       llvm::raw_ostream &stream) {
  Attempts attempts{kind, {}, {}, std::nullopt, {}, {}, {}};
  if (failed(selectPtxas(kind, options, attempts.cache)))
    return failure();
  attempts.attn = spec.lower(Level::Attn, options, timer);
  if (!attempts.attn || failed(listSchedules(*attempts.attn, options, timer)))
    return failure();
  auto tables = tuning::ScheduleTables::load(
      options.gpu.scheduleTable, options.gpu.builtInTable, attempts.attn->getContext());
  if (failed(tables))
    return failure();
  attempts.tables = std::move(*tables);
  CompileOptions attempt = options;
  attempt.gpu.delaySeed = std::nullopt;
  // What tables say is in the lists by now.
  attempt.gpu.scheduleTable.clear();
  attempt.gpu.builtInTable = false;
  GpuProgram program;
  if (failed(tryCandidates(attempt, attempts, timer, program)))
    return failure();
  report(program, options, attempts);
  if (failed(refuseFindings(*program.module, program.kernels)))
    return failure();
  explain(program, options, attempts, stream);
  // With delays, the schedules that do without them: others would give other bits.
  attempt.gpu.delaySeed = options.gpu.delaySeed;
  if (attempt.gpu.delaySeed && failed(compileOnce(attempt, attempts, timer, program)))
    return failure();
  writeProgram(program, kind, *options.gpu.target, stream);
  return success();
}
