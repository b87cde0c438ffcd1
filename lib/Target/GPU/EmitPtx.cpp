//===- EmitPtx.cpp - from LLVM's dialects to PTX text ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/EmitPtx.h"

#include "IntrinsicSupport.h"
#include "PtxNeeds.h"
#include "fovea/Support/Parallel.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Config/Targets.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar/Scalarizer.h"

using namespace mlir;
using namespace fovea;

/// LLVM's instruction selection aborts the process on an intrinsic that its
/// target lacks, so they are checked before. What is inline assembly is ptxas'
/// to refuse.
static LogicalResult checkIntrinsics(const llvm::Module &code,
                                     const GpuTargetInfo &target,
                                     Operation *kernelModule) {
  for (const llvm::Function &callee : code) {
    std::string missing = getMissingTarget(callee.getName(), target);
    if (missing.empty() || callee.use_empty())
      continue;
    auto *call = cast<llvm::Instruction>(*callee.user_begin());
    Operation *caller =
        SymbolTable::lookupSymbolIn(kernelModule, call->getFunction()->getName());
    return (caller ? caller : kernelModule)->emitError()
           << "expected a target " << missing << " for a call of " << callee.getName()
           << ", got " << target.name;
  }
  return success();
}

/// Null if this LLVM was built without the NVPTX target.
static std::unique_ptr<llvm::TargetMachine> createMachine(const GpuTargetInfo &target,
                                                          unsigned ptxVersion) {
#if LLVM_HAS_NVPTX_TARGET
  static const bool once = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)once;
#endif
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *backend = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, target.name, "+ptx" + std::to_string(ptxVersion), llvm::TargetOptions(),
      std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// What `opt -passes='default<O3>'` runs. The code generator's own
/// optimizations do not replace it: a kernel of three warpgroups spilled
/// without.
static void optimize(llvm::Module &code, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  // What a thread holds of a tile is a vector, and no instruction takes one: apart into
  // scalars first, so that every pass sees registers.
  builder.registerPipelineStartEPCallback(
      [](llvm::ModulePassManager &manager, llvm::OptimizationLevel) {
        llvm::ScalarizerPassOptions options;
        options.ScalarizeLoadStore = false;
        manager.addPass(
            llvm::createModuleToFunctionPassAdaptor(llvm::ScalarizerPass(options)));
      });
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(code, modules);
}

static bool generate(llvm::Module &code, llvm::TargetMachine &machine,
                     std::string &ptx) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr,
                                  llvm::CodeGenFileType::AssemblyFile))
    return false;
  passes.run(code);
  ptx.assign(text.begin(), text.end());
  return true;
}

namespace {
/// A module's LLVM IR, with all that is to be known of it: it holds nothing of MLIR's,
/// and has a context of its own, so that a thread may take it.
class TranslatedModule {
public:
  /// Nobody reads the names of values, and the scalarizer would make up one for each.
  TranslatedModule() { context->setDiscardValueNames(true); }

  /// Fails after a diagnostic.
  LogicalResult translate(Operation *kernelModule, const GpuTargetInfo &target) {
    code = translateModuleToLLVMIR(kernelModule, *context);
    if (!code || failed(checkIntrinsics(*code, target, kernelModule)))
      return failure();
    machine = createMachine(target, getNeededPtx(*code, target));
    if (!machine)
      return kernelModule->emitError()
             << "expected an LLVM with the NVPTX target, got one without";
    code->setTargetTriple(machine->getTargetTriple());
    code->setDataLayout(machine->createDataLayout());
    return success();
  }

  /// False where LLVM cannot print PTX.
  bool compile(std::string &ptx) {
    optimize(*code, *machine);
    return generate(*code, *machine, ptx);
  }

private:
  std::unique_ptr<llvm::LLVMContext> context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> code;
  std::unique_ptr<llvm::TargetMachine> machine;
};
} // namespace

LogicalResult fovea::emitPtx(ArrayRef<Operation *> kernelModules,
                             const GpuTargetInfo &target, unsigned jobs,
                             MutableArrayRef<std::string> ptx) {
  std::vector<TranslatedModule> modules(kernelModules.size());
  for (auto [module, translated] : llvm::zip_equal(kernelModules, modules))
    if (failed(translated.translate(module, target)))
      return failure();
  size_t failed = runInParallel(modules.size(), jobs,
                                [&](size_t i) { return modules[i].compile(ptx[i]); });
  if (failed < modules.size())
    return kernelModules[failed]->emitError()
           << "expected LLVM to print PTX for " << target.name;
  return success();
}

LogicalResult fovea::emitPtx(Operation *kernelModule, const GpuTargetInfo &target,
                             std::string &ptx) {
  return emitPtx(kernelModule, target, /*jobs=*/1, ptx);
}
