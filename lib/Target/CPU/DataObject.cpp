//===- DataObject.cpp - an object file that holds bytes -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CPU/DataObject.h"

#include "GenerateCode.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace fovea;

/// What a program may ask of the start of a file that it maps.
static constexpr uint64_t kAlignment = 16;

/// `<name>_<tag>`, and `name` as another name of it.
static llvm::GlobalVariable *addConstant(llvm::Module &code, const llvm::Twine &name,
                                         llvm::StringRef tag, llvm::Constant *value) {
  auto *constant = new llvm::GlobalVariable(code, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::WeakODRLinkage, value,
                                            name + "_" + tag);
  llvm::GlobalAlias::create(llvm::GlobalValue::WeakAnyLinkage, name, constant);
  return constant;
}

llvm::Error fovea::emitDataObject(llvm::StringRef symbol, llvm::StringRef tag,
                                  llvm::StringRef data, const CpuTargetInfo &target,
                                  llvm::raw_pwrite_stream &output) {
  std::unique_ptr<llvm::TargetMachine> machine = createCpuTargetMachine(target);
  if (!machine)
    return llvm::createStringError("expected LLVM to have a target for this machine");
  llvm::LLVMContext context;
  llvm::Module code(symbol, context);
  code.setTargetTriple(machine->getTargetTriple());
  code.setDataLayout(machine->createDataLayout());
  auto *bytes = llvm::ConstantDataArray::getString(context, data, /*AddNull=*/false);
  addConstant(code, symbol, tag, bytes)->setAlignment(llvm::Align(kAlignment));
  auto *word = llvm::Type::getInt64Ty(context);
  addConstant(code, symbol + "_bytes", tag, llvm::ConstantInt::get(word, data.size()));
  return generateCode(code, *machine, llvm::CodeGenFileType::ObjectFile, output);
}
