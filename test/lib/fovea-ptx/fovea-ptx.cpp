//===- fovea-ptx.cpp - PTX, cubin and lint of hand-written kernels --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Pipelines/Register.h"
#include "fovea/Target/Bundle/Bundle.h"
#include "fovea/Target/GPU/AssemblePtx.h"
#include "fovea/Target/GPU/EmitPtx.h"
#include "fovea/Target/GPU/LintKernels.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

namespace cl = llvm::cl;
using namespace fovea;

enum class Emit { Ptx, Cubin, Report, Manifest, Bundle };

static cl::opt<std::string> input(cl::Positional, cl::desc("<kernels.mlir>"),
                                  cl::init("-"));
static cl::opt<std::string> output("o", cl::desc("where to write"), cl::init("-"));
static cl::opt<std::string> targetName("target", cl::desc("sm_90a or sm_80"),
                                       cl::init("sm_90a"));
static cl::opt<Emit>
    emitKind("emit", cl::desc("what to write"), cl::init(Emit::Ptx),
             cl::values(clEnumValN(Emit::Ptx, "ptx", "PTX text"),
                        clEnumValN(Emit::Cubin, "cubin", "what ptxas makes of it"),
                        clEnumValN(Emit::Report, "report", "what ptxas says of it"),
                        clEnumValN(Emit::Manifest, "manifest", "a bundle's"),
                        clEnumValN(Emit::Bundle, "bundle", "kernels and launches")));
static cl::opt<std::string> ptxasPath("ptxas", cl::desc("the ptxas to run"));
static cl::opt<unsigned> ptxasSeconds("ptxas-timeout",
                                      cl::desc("seconds for each kernel (0: no limit)"),
                                      cl::init(kPtxasSeconds));
static cl::opt<unsigned> jobs("jobs", cl::desc("kernels at a time (0: one per core)"),
                              cl::init(0));
static cl::opt<int64_t> dynamicSharedBytes("dynamic-shared-bytes",
                                           cl::desc("of each launch"), cl::init(0));
static cl::opt<int64_t> maxRegisters("max-registers",
                                     cl::desc("per thread (0: the target's)"),
                                     cl::init(0));
static cl::opt<bool> noCubins("no-cubins",
                              cl::desc("a manifest of kernels that are PTX only"));

static cl::opt<bool>
    verifyDiagnostics("verify-diagnostics",
                      cl::desc("expect the diagnostics that comments say"));

/// Null after a message.
static std::optional<Ptxas> getPtxas() {
  llvm::Expected<Ptxas> ptxas = findPtxas({ptxasPath, ptxasSeconds});
  if (ptxas)
    return *ptxas;
  llvm::WithColor::error() << llvm::toString(ptxas.takeError()) << '\n';
  return std::nullopt;
}

/// The manifest or the bundle of a module with entries and lowered kernels.
static bool emitBundle(mlir::ModuleOp module, const GpuTargetInfo &target,
                       llvm::raw_ostream &stream) {
  std::vector<LaunchProgram> entries;
  std::vector<CompiledKernel> kernels;
  std::optional<AssemblyCache> cache;
  if (!noCubins) {
    std::optional<Ptxas> ptxas = getPtxas();
    if (!ptxas)
      return false;
    cache.emplace(*ptxas);
  }
  addSequenceChecks(module);
  if (mlir::failed(readLaunchPrograms(module, entries)) ||
      mlir::failed(emitKernels(module, target, /*only=*/"", jobs,
                               cache ? &*cache : nullptr, kernels)) ||
      (cache && mlir::failed(assembleKernels(module, target, jobs, *cache, kernels))) ||
      mlir::failed(refuseFindings(module, kernels)))
    return false;
  if (emitKind == Emit::Manifest)
    writeManifest({target.name, kernels, entries}, stream);
  else
    writeBundle({target.name, kernels, entries, !target.isArchSpecific}, stream);
  return true;
}

/// The output for one module; fails after a diagnostic.
static bool emitModule(mlir::ModuleOp module, const GpuTargetInfo &target,
                       llvm::raw_ostream &stream) {
  if (emitKind == Emit::Manifest || emitKind == Emit::Bundle)
    return emitBundle(module, target, stream);
  mlir::PassManager passes(module.getContext());
  buildNvvmToLLVMPipeline(passes);
  std::string ptx;
  if (mlir::failed(passes.run(module)) || mlir::failed(emitPtx(module, target, ptx)))
    return false;
  if (emitKind == Emit::Ptx) {
    stream << ptx;
    return true;
  }
  std::optional<Ptxas> ptxas = getPtxas();
  if (!ptxas)
    return false;
  llvm::Expected<AssembledKernel> kernel = assemblePtx(ptx, target, *ptxas);
  if (!kernel) {
    llvm::WithColor::error() << llvm::toString(kernel.takeError()) << '\n';
    return false;
  }
  if (emitKind == Emit::Cubin)
    stream << kernel->cubin;
  else
    printPtxasReport(kernel->report, stream);
  auto findings =
      lintKernels(kernel->report, target, {dynamicSharedBytes, maxRegisters});
  for (const Finding &finding : findings)
    llvm::WithColor::error() << finding.describe() << '\n';
  return findings.empty();
}

/// One module, or the part of a file up to a line `// -----`. With
/// --verify-diagnostics, whether it gives just the diagnostics that it expects.
static bool emitText(std::unique_ptr<llvm::MemoryBuffer> text,
                     const GpuTargetInfo &target, llvm::raw_ostream &stream) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(text), llvm::SMLoc());
  auto emit = [&] {
    auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
    return module && emitModule(*module, target, stream);
  };
  if (verifyDiagnostics) {
    mlir::SourceMgrDiagnosticVerifierHandler diagnostics(sources, &context);
    emit();
    return mlir::succeeded(diagnostics.verify());
  }
  mlir::SourceMgrDiagnosticHandler diagnostics(sources, &context);
  return emit();
}

static bool emitFile(const GpuTargetInfo &target, llvm::raw_ostream &stream) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> text = mlir::openInputFile(input, &error);
  if (!text) {
    llvm::WithColor::error() << error << '\n';
    return false;
  }
  if (!verifyDiagnostics)
    return emitText(std::move(text), target, stream);
  return mlir::succeeded(mlir::splitAndProcessBuffer(
      std::move(text),
      [&](std::unique_ptr<llvm::MemoryBuffer> part, llvm::raw_ostream &) {
        return mlir::success(emitText(std::move(part), target, llvm::nulls()));
      },
      llvm::nulls()));
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "NVVM kernels to PTX, a cubin, a report\n");
  llvm::Expected<const GpuTargetInfo *> target = lookupGpuTarget(targetName);
  if (!target) {
    llvm::WithColor::error() << llvm::toString(target.takeError()) << '\n';
    return 1;
  }
  std::string error;
  auto file = mlir::openOutputFile(output, &error);
  if (!file) {
    llvm::WithColor::error() << error << '\n';
    return 1;
  }
  if (!emitFile(**target, file->os()))
    return file->os().flush(), 1;
  file->keep();
  return 0;
}
