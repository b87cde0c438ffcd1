//===- AssemblyCache.cpp - no code to LLVM or ptxas twice -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/AssemblyCache.h"

#include "PtxSymbol.h"
#include "fovea/Target/GPU/EmitPtx.h"
#include "mlir/IR/Operation.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;

llvm::LogicalResult AssemblyCache::emit(mlir::Operation *kernelModule,
                                        const GpuTargetInfo &target, std::string &ptx) {
  std::string text = target.name.str();
  llvm::raw_string_ostream stream(text);
  kernelModule->print(stream);
  auto found = emitted.find(text);
  if (found == emitted.end()) {
    std::string fresh;
    if (failed(emitPtx(kernelModule, target, fresh)))
      return llvm::failure();
    found = emitted.emplace(std::move(text), std::move(fresh)).first;
  }
  ptx = found->second;
  return llvm::success();
}

llvm::Expected<const AssemblyCache::Entry &>
AssemblyCache::assemble(llvm::StringRef ptx, llvm::StringRef symbol,
                        const GpuTargetInfo &target) {
  std::pair key{target.name, renamePtxSymbol(ptx, symbol, "kernel")};
  if (auto found = entries.find(key); found != entries.end())
    return found->second;
  Entry entry{symbol.str(), {}, ""};
  assembledBytes += ptx.size();
  llvm::Expected<AssembledKernel> assembled = assemblePtx(ptx, target, ptxas);
  if (assembled)
    entry.kernel = std::move(*assembled);
  else if (llvm::Error error = llvm::handleErrors(assembled.takeError(),
                                                  [&](const PtxRefusedError &refused) {
                                                    entry.refusal = refused.message();
                                                  }))
    return error;
  return entries.emplace(std::move(key), std::move(entry)).first->second;
}
