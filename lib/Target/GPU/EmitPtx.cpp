//===- EmitPtx.cpp - from LLVM's dialects to PTX text ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/EmitPtx.h"

#include "mlir/IR/Operation.h"
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

using namespace mlir;
using namespace fovea;

namespace {
/// Operations whose name starts so exist from a version on.
struct Requirement {
  StringLiteral prefix;
  unsigned smVersion;
  bool archSpecific;
};
} // namespace

/// LLVM's instruction selection aborts the process on an intrinsic that its
/// target lacks, so what Fovea's kernels may name is checked before. What
/// became inline assembly is ptxas' to refuse.
static constexpr Requirement requirements[] = {
    {"nvvm.wgmma.", 90, true},
    {"nvvm.setmaxregister", 90, true},
    {"nvvm.setmaxnreg", 90, true},
    {"nvvm.tcgen05.", 100, true},
    {"nvvm.cp.async.bulk.", 90, false},
    {"nvvm.cluster.", 90, false},
    {"nvvm.barrier.cluster.", 90, false},
    {"nvvm.mapa", 90, false},
    {"nvvm.read.ptx.sreg.cluster", 90, false},
    {"nvvm.elect.sync", 90, false},
    {"nvvm.stmatrix", 90, false},
    {"nvvm.fence.proxy", 90, false},
    {"nvvm.fence.mbarrier.init", 90, false},
    {"nvvm.griddepcontrol", 90, false},
};

/// The operation's name as the table has it: an intrinsic that is called by its
/// name counts as the operation of that name.
static StringRef getInstructionName(Operation *op) {
  StringRef name = op->getName().getStringRef();
  if (name != "llvm.call_intrinsic")
    return name;
  auto intrinsic = op->getAttrOfType<StringAttr>("intrin");
  name = intrinsic ? intrinsic.getValue() : "";
  name.consume_front("llvm.");
  return name;
}

static LogicalResult checkOperations(Operation *kernelModule,
                                     const GpuTargetInfo &target) {
  WalkResult result = kernelModule->walk([&](Operation *op) {
    StringRef name = getInstructionName(op);
    for (const Requirement &need : requirements) {
      if (!name.starts_with(need.prefix) ||
          target.supports(need.smVersion, need.archSpecific))
        continue;
      op->emitOpError() << "expected a target sm_" << need.smVersion
                        << (need.archSpecific ? "a" : " or later") << ", got "
                        << target.name;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Null if this LLVM was built without the NVPTX target.
static std::unique_ptr<llvm::TargetMachine>
createMachine(const GpuTargetInfo &target) {
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
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, target.name, target.ptxFeature, llvm::TargetOptions(),
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
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(code, modules);
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

LogicalResult fovea::emitPtx(Operation *kernelModule,
                             const GpuTargetInfo &target, std::string &ptx) {
  if (failed(checkOperations(kernelModule, target)))
    return failure();
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(target);
  if (!machine)
    return kernelModule->emitError()
           << "expected an LLVM with the NVPTX target, got one without";
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(kernelModule, context);
  if (!code)
    return failure();
  code->setTargetTriple(machine->getTargetTriple());
  code->setDataLayout(machine->createDataLayout());
  optimize(*code, *machine);
  if (!generate(*code, *machine, ptx))
    return kernelModule->emitError()
           << "expected LLVM to print PTX for " << target.name;
  return success();
}
