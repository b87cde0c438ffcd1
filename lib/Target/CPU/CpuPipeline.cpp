//===- CpuPipeline.cpp - from tiles to the LLVM dialect -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/Passes.h"
#include "fovea/Target/CPU/CpuTarget.h"
#include "fovea/Target/CPU/Passes.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/SCFToOpenMP/SCFToOpenMP.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace fovea;

/// Vector and scalar code; launches become parallel regions.
static void addLoops(OpPassManager &pm, const CpuTargetInfo &target) {
  ConvertTileToLoopsPassOptions loops;
  loops.vectorBits = target.vectorBits;
  loops.vectorRegisters = target.vectorRegisters;
  pm.addPass(createConvertTileToLoopsPass(loops));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createCpuApproximateMathPass());
  pm.addPass(createConvertSCFToOpenMPPass());
  pm.addPass(createCpuDynamicSchedulePass());
}

/// Arithmetic on 16-bit floats is f32's, and those that the processor does not convert
/// are integers: LLVM would call a compiler's runtime for them, which users may lack.
static void addFloatsAsBits(OpPassManager &pm, const CpuTargetInfo &target) {
  arith::ArithEmulateUnsupportedFloatsOptions emulated;
  emulated.sourceTypeStrs = {"bf16"};
  if (!target.convertsF16)
    emulated.sourceTypeStrs.push_back("f16");
  pm.addPass(arith::createArithEmulateUnsupportedFloats(emulated));
  pm.addPass(math::createMathExtendToSupportedTypes());
  CpuFloatsAsBitsPassOptions bits;
  bits.f16 = !target.convertsF16;
  pm.addPass(createCpuFloatsAsBitsPass(bits));
}

static void addExpansions(OpPassManager &pm) {
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
}

static void addLLVM(OpPassManager &pm) {
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

std::string fovea::getInternalName(StringRef name) { return ("fovea." + name).str(); }

void fovea::buildCpuPipeline(OpPassManager &pm, const CpuTargetInfo &target,
                             CpuInterface interface) {
  CpuEntriesPassOptions entries;
  entries.cFunctions = interface == CpuInterface::C;
  entries.target = toString(target);
  pm.addPass(createCpuEntriesPass(entries));
  addLoops(pm, target);
  addFloatsAsBits(pm, target);
  addExpansions(pm);
  addLLVM(pm);
}

namespace {
struct CpuPipelineOptions : PassPipelineOptions<CpuPipelineOptions> {
  Option<std::string> mcpu{*this, "mcpu",
                           llvm::cl::desc("CPU to compile for, as LLVM names it, or "
                                          "native (default: x86-64-v3)"),
                           llvm::cl::init(CpuTargetInfo().cpu)};
  Option<std::string> features{
      *this, "features", llvm::cl::desc("Features to add or remove: +avx512f,-fma"),
      llvm::cl::init("")};
  Option<bool> cFunctions{
      *this, "c-functions",
      llvm::cl::desc("Show entries as an object does (see cpu-entries)"),
      llvm::cl::init(false)};
};
} // namespace

void fovea::registerCpuPipeline() {
  registerCpuPasses();
  registerPassPipeline(
      "fovea-cpu", "Lower logical tile kernels to the LLVM dialect for a CPU",
      [](OpPassManager &pm, StringRef text,
         function_ref<LogicalResult(const Twine &)> onError) -> LogicalResult {
        CpuPipelineOptions options;
        if (failed(options.parseFromString(text)))
          return failure();
        FailureOr<CpuTargetInfo> target =
            getCpuTargetInfo(options.mcpu, options.features, onError);
        if (failed(target))
          return failure();
        buildCpuPipeline(pm, *target,
                         options.cFunctions ? CpuInterface::C : CpuInterface::Memref);
        return success();
      },
      [](function_ref<void(const mlir::detail::PassOptions &)> describe) {
        describe(CpuPipelineOptions());
      });
}
