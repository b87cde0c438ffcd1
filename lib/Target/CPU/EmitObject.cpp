//===- EmitObject.cpp - object files --------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CPU/CpuTarget.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace fovea;

LogicalResult fovea::emitCpuObject(ModuleOp module, const CpuTargetInfo &target,
                                   llvm::raw_pwrite_stream &output) {
  std::unique_ptr<llvm::TargetMachine> machine = createCpuTargetMachine(target);
  if (!machine)
    return module.emitError() << "expected LLVM to have a target for this machine";
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, context);
  if (!code)
    return failure();
  code->setTargetTriple(machine->getTargetTriple());
  code->setDataLayout(machine->createDataLayout());
  auto optimize = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                            machine.get());
  if (llvm::Error error = optimize(code.get()))
    return module.emitError() << llvm::toString(std::move(error));
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, output, nullptr,
                                   llvm::CodeGenFileType::ObjectFile))
    return module.emitError() << "expected an object file for "
                              << machine->getTargetTriple().str();
  passes.run(*code);
  return success();
}
