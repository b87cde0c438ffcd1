//===- GenerateCode.cpp - from LLVM IR to assembly or an object -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GenerateCode.h"

#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

llvm::Error fovea::generateCode(llvm::Module &code, llvm::TargetMachine &machine,
                                llvm::CodeGenFileType kind,
                                llvm::raw_pwrite_stream &output) {
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, output, nullptr, kind))
    return llvm::createStringError("expected a code generator for " +
                                   machine.getTargetTriple().str());
  passes.run(code);
  return llvm::Error::success();
}
