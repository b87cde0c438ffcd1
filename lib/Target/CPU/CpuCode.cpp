//===- CpuCode.cpp - LLVM IR of a module, and what follows ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CPU/CpuCode.h"

#include "GenerateCode.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace fovea;

CpuCode::CpuCode(ModuleOp module)
    : source(module), context(std::make_unique<llvm::LLVMContext>()) {}
CpuCode::~CpuCode() = default;

std::unique_ptr<CpuCode> CpuCode::translate(ModuleOp module,
                                            const CpuTargetInfo &target) {
  std::unique_ptr<CpuCode> result(new CpuCode(module));
  result->machine = createCpuTargetMachine(target);
  if (!result->machine) {
    module.emitError() << "expected LLVM to have a target for this machine";
    return nullptr;
  }
  result->code = translateModuleToLLVMIR(module, *result->context);
  if (!result->code)
    return nullptr;
  result->code->setTargetTriple(result->machine->getTargetTriple());
  result->code->setDataLayout(result->machine->createDataLayout());
  return result;
}

void CpuCode::optimize() { optimizeCode(*code, *machine); }

void CpuCode::print(llvm::raw_ostream &output) const { code->print(output, nullptr); }

LogicalResult CpuCode::write(llvm::CodeGenFileType kind,
                             llvm::raw_pwrite_stream &output) {
  if (llvm::Error error = generateCode(*code, *machine, kind, output))
    return source.emitError() << llvm::toString(std::move(error));
  return success();
}

LogicalResult CpuCode::writeAssembly(llvm::raw_pwrite_stream &output) {
  return write(llvm::CodeGenFileType::AssemblyFile, output);
}

LogicalResult CpuCode::writeObject(llvm::raw_pwrite_stream &output) {
  return write(llvm::CodeGenFileType::ObjectFile, output);
}

LogicalResult fovea::emitCpuObject(ModuleOp module, const CpuTargetInfo &target,
                                   llvm::raw_pwrite_stream &output) {
  std::unique_ptr<CpuCode> code = CpuCode::translate(module, target);
  if (!code)
    return failure();
  code->optimize();
  return code->writeObject(output);
}
