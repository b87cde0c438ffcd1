//===- CompileKernels.cpp - every kernel of a module, to a cubin ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/CompileKernels.h"

#include "PtxSymbol.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Target/GPU/EmitPtx.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace fovea;

/// LLVM's name for a function that a launch can name.
static constexpr llvm::StringLiteral kKernelFunctionAttrName = "nvvm.kernel";
/// Its own word for the threads of a block, one number per axis.
static constexpr llvm::StringLiteral kThreadsAttrName = "nvvm.reqntid";

const FunctionReport *CompiledKernel::getUsage() const {
  auto found = llvm::find_if(report.functions, [&](const FunctionReport &function) {
    return function.isKernel && function.name == symbol;
  });
  return found == report.functions.end() ? nullptr : &*found;
}

int64_t CompiledKernel::getSharedBytes() const {
  const FunctionReport *usage = getUsage();
  return abi.getSharedBytes() + (usage ? usage->staticSharedBytes : 0);
}

/// The one kernel of `kernelModule`, if `abi` describes it.
static FailureOr<FunctionOpInterface> getKernel(Operation *kernelModule,
                                                tile::KernelAbiAttr abi) {
  SmallVector<FunctionOpInterface> kernels;
  for (auto function : kernelModule->getRegion(0).getOps<FunctionOpInterface>())
    if (function->hasAttr(kKernelFunctionAttrName))
      kernels.push_back(function);
  if (kernels.size() != 1)
    return kernelModule->emitError()
           << "expected one function with `" << kKernelFunctionAttrName << "`, got "
           << kernels.size();
  FunctionOpInterface kernel = kernels.front();
  if (kernel.getNumArguments() != abi.getParams().size())
    return kernel->emitError()
           << "expected as many params in `" << tile::kKernelAbiAttrName
           << "` as the kernel has, " << kernel.getNumArguments() << ", got "
           << abi.getParams().size();
  for (auto [i, param] :
       llvm::enumerate(abi.getParams().getAsRange<tile::KernelParamInterface>()))
    if (!param.isPassedAs(kernel.getArgumentTypes()[i]))
      return kernel->emitError()
             << "expected param " << i << " of a type that takes a "
             << param.getKeyword() << ", got " << kernel.getArgumentTypes()[i];
  return kernel;
}

/// A launch of other threads than `nvvm.reqntid` says would fail.
static LogicalResult checkThreads(FunctionOpInterface kernel, int64_t threads,
                                  const GpuTargetInfo &target) {
  if (threads > target.maxThreadsPerBlock)
    return kernel->emitError() << "expected at most " << target.maxThreadsPerBlock
                               << " threads per block, got " << threads;
  auto required = kernel->getAttrOfType<DenseI32ArrayAttr>(kThreadsAttrName);
  if (!required)
    return success();
  int64_t product = 1;
  for (int64_t axis : required.asArrayRef())
    product *= axis;
  if (product != threads)
    return kernel->emitError()
           << "expected `" << kThreadsAttrName << "` of the " << threads
           << " threads in `" << tile::kKernelAbiAttrName << "`, got " << product;
  return success();
}

/// What is known of a lowered gpu.module before it is PTX.
static FailureOr<CompiledKernel> readKernel(Operation *kernelModule,
                                            const GpuTargetInfo &target) {
  CompiledKernel kernel;
  kernel.name = SymbolTable::getSymbolName(kernelModule).str();
  kernel.abi = tile::getKernelAbi(kernelModule);
  FailureOr<FunctionOpInterface> function = getKernel(kernelModule, kernel.abi);
  if (failed(function) ||
      failed(checkThreads(*function, kernel.abi.getThreads(), target)))
    return failure();
  kernel.symbol = SymbolTable::getSymbolName(*function).str();
  return kernel;
}

LogicalResult fovea::emitKernels(ModuleOp module, const GpuTargetInfo &target,
                                 llvm::StringRef only, unsigned jobs,
                                 AssemblyCache *cache,
                                 std::vector<CompiledKernel> &kernels) {
  PassManager passes(module.getContext());
  passes.enableVerifier(false); // LLVM verifies what this becomes
  buildNvvmToLLVMPipeline(passes.nest("gpu.module"));
  if (failed(passes.run(module)))
    return failure();
  SmallVector<Operation *> modules;
  for (Operation &kernelModule : module.getOps()) {
    if (!tile::isLoweredKernel(&kernelModule) ||
        !(only.empty() || only == SymbolTable::getSymbolName(&kernelModule)))
      continue;
    FailureOr<CompiledKernel> kernel = readKernel(&kernelModule, target);
    if (failed(kernel))
      return failure();
    modules.push_back(&kernelModule);
    kernels.push_back(std::move(*kernel));
  }
  std::vector<std::string> ptx(modules.size());
  if (failed(cache ? cache->emit(modules, target, jobs, ptx)
                   : emitPtx(modules, target, jobs, ptx)))
    return failure();
  for (auto [kernel, text] : llvm::zip_equal(kernels, ptx))
    kernel.ptx = std::move(text);
  return success();
}

/// What ptxas made of a kernel, and what must not ship of it.
static void takeAssembled(const AssemblyCache::Entry &entry,
                          const GpuTargetInfo &target, CompiledKernel &kernel) {
  if (!entry.refusal.empty()) {
    kernel.findings = {{FindingKind::Refused, kernel.name, 0, 0, entry.refusal}};
    return;
  }
  // The PTX of a bundle is called what its cubin is.
  kernel.ptx = renamePtxSymbol(kernel.ptx, kernel.symbol, entry.symbol);
  kernel.symbol = entry.symbol;
  kernel.cubin = entry.kernel.cubin;
  kernel.report = entry.kernel.report;
  LintLimits limits;
  limits.dynamicSharedBytes = kernel.abi.getSharedBytes();
  limits.threads = kernel.abi.getThreads();
  kernel.findings = lintKernels(kernel.report, target, limits);
}

LogicalResult fovea::assembleKernels(ModuleOp module, const GpuTargetInfo &target,
                                     unsigned jobs, AssemblyCache &cache,
                                     std::vector<CompiledKernel> &kernels) {
  SmallVector<AssemblyCache::Source> sources;
  for (const CompiledKernel &kernel : kernels)
    sources.push_back({kernel.ptx, kernel.symbol});
  SmallVector<const AssemblyCache::Entry *> entries;
  if (llvm::Error error = cache.assemble(sources, target, jobs, entries))
    return module.lookupSymbol(kernels[entries.size()].name)->emitError()
           << llvm::toString(std::move(error));
  for (auto [entry, kernel] : llvm::zip_equal(entries, kernels))
    takeAssembled(*entry, target, kernel);
  return success();
}

/// Adds what the kernel is of, for which no schedule was found.
static void describeShape(Operation *kernel, InFlightDiagnostic &diagnostic) {
  if (!kernel)
    return;
  if (auto candidate =
          kernel->getAttrOfType<tile::CandidateAttr>(tile::kCandidateAttrName))
    diagnostic << "; no schedule was found for " << candidate.getShape();
}

LogicalResult fovea::refuseFindings(ModuleOp module, ArrayRef<CompiledKernel> kernels) {
  bool clean = true;
  for (const CompiledKernel &kernel : kernels)
    for (const Finding &finding : kernel.findings) {
      Operation *kernelModule = SymbolTable::lookupSymbolIn(module, kernel.name);
      InFlightDiagnostic diagnostic =
          (kernelModule ? kernelModule : module.getOperation())->emitError();
      if (finding.function != kernel.name)
        diagnostic << "kernel '" << kernel.name << "': ";
      diagnostic << finding.describe();
      describeShape(kernelModule, diagnostic);
      clean = false;
    }
  return success(clean);
}
