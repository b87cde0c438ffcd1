//===- CpuJit.cpp - compiled and run in this process ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CPU/CpuJit.h"

#include "GenerateCode.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace fovea;

#ifndef FOVEA_OPENMP_RUNTIME
#define FOVEA_OPENMP_RUNTIME ""
#endif

/// Brings __kmpc_* into the process: the runtime found at configure time, else the
/// one that the loader finds by its soname.
static LogicalResult loadOpenMPRuntime(std::string &error) {
  StringRef configured = FOVEA_OPENMP_RUNTIME;
  for (StringRef path :
       {configured, StringRef("libomp.so.5"), StringRef("libomp.so")}) {
    if (path.empty())
      continue;
    if (!llvm::sys::DynamicLibrary::LoadLibraryPermanently(path.str().c_str(), &error))
      return success();
  }
  return failure();
}

CpuJit::CpuJit(std::unique_ptr<ExecutionEngine> engine) : engine(std::move(engine)) {}
CpuJit::~CpuJit() = default;

FailureOr<std::unique_ptr<CpuJit>> CpuJit::create(ModuleOp module,
                                                  const CpuTargetInfo &target) {
  std::string error;
  if (failed(loadOpenMPRuntime(error)))
    return module.emitError() << "expected LLVM's OpenMP runtime (libomp), got: "
                              << error;
  if (std::vector<std::string> missing = getMissingFeatures(target); !missing.empty())
    return module.emitError()
           << "expected a CPU whose instructions this machine has, got '" << target.cpu
           << "', which adds " << llvm::join(missing, ", ") << "; choose native";
  std::unique_ptr<llvm::TargetMachine> machine = createCpuTargetMachine(target);
  if (!machine)
    return module.emitError() << "expected LLVM to have a target for this machine";
  auto optimize = [machine = machine.get()](llvm::Module *code) {
    optimizeCode(*code, *machine);
    return llvm::Error::success();
  };
  ExecutionEngineOptions options;
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto engine = ExecutionEngine::create(module, options, std::move(machine));
  if (!engine)
    return module.emitError() << llvm::toString(engine.takeError());
  return std::unique_ptr<CpuJit>(new CpuJit(std::move(*engine)));
}

void *CpuJit::lookup(StringRef name) const {
  auto address = engine->lookup("_mlir_ciface_" + getInternalName(name));
  if (address)
    return *address;
  llvm::consumeError(address.takeError());
  return nullptr;
}

CpuJit::PackedEntry CpuJit::lookupPacked(StringRef name) const {
  auto address = engine->lookupPacked("_mlir_ciface_" + getInternalName(name));
  if (address)
    return *address;
  llvm::consumeError(address.takeError());
  return nullptr;
}
