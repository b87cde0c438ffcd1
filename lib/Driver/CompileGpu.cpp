//===- CompileGpu.cpp - from nvvm to what a GPU loads ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CompileGpu.h"

#include "KernelReport.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Target/Bundle/Bundle.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using mlir::failure;
using mlir::success;

mlir::LogicalResult fovea::checkKernelsLowered(mlir::ModuleOp module,
                                               const GpuTargetInfo &target) {
  for (auto kernel : module.getOps<tile::KernelOp>())
    return kernel.emitError() << "target " << target.name << " cannot compile kernel @"
                              << kernel.getName() << " yet";
  return success();
}

/// Whether to run ptxas, and which. Only PTX does without; its report says less then.
static mlir::LogicalResult selectPtxas(Emit kind, const CompileOptions &options,
                                       KernelCompileOptions &result) {
  result.ptxas.path = options.gpu.ptxas;
  result.assemble = kind != Emit::Ptx || options.gpu.report;
  if (!result.assemble)
    return success();
  llvm::Expected<std::string> ptxas = findPtxas(result.ptxas);
  if (ptxas) {
    result.ptxas.path = *ptxas;
    return success();
  }
  bool isNeeded = kind != Emit::Ptx;
  llvm::errs() << (isNeeded ? "error: " : "note: ") << llvm::toString(ptxas.takeError())
               << "\n";
  result.assemble = false;
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

mlir::LogicalResult fovea::emitGpuCode(mlir::ModuleOp module, Emit kind,
                                       const CompileOptions &options, StageTimer &timer,
                                       llvm::raw_ostream &stream) {
  std::vector<LaunchProgram> entries;
  KernelCompileOptions kernelOptions;
  std::vector<CompiledKernel> kernels;
  kernelOptions.only = options.gpu.kernel;
  if (failed(checkSelection(module, kind, options)) ||
      failed(selectPtxas(kind, options, kernelOptions)) ||
      (kind == Emit::Bundle && failed(readLaunchPrograms(module, entries))) ||
      failed(timer.time("kernels to machine code", [&] {
        return compileKernels(module, *options.gpu.target, kernelOptions, kernels);
      })))
    return failure();
  if (options.gpu.report)
    printKernelReport(kernels, *options.gpu.target, llvm::errs());
  if (failed(refuseFindings(module, kernels)))
    return failure();
  if (kind == Emit::Bundle) {
    writeBundle({options.gpu.target->name, kernels, entries}, stream);
    return success();
  }
  for (const CompiledKernel &kernel : kernels) {
    if (kind == Emit::Ptx)
      stream << "// kernel " << kernel.name << "\n" << kernel.ptx;
    else
      stream << kernel.cubin;
  }
  return success();
}
