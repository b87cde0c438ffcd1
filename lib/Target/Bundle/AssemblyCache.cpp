//===- AssemblyCache.cpp - no code to ptxas twice -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/AssemblyCache.h"

#include "PtxSymbol.h"

using namespace fovea;

llvm::Expected<const AssemblyCache::Entry &>
AssemblyCache::assemble(llvm::StringRef ptx, llvm::StringRef symbol,
                        const GpuTargetInfo &target) {
  std::pair key{target.name, renamePtxSymbol(ptx, symbol, "kernel")};
  if (auto found = entries.find(key); found != entries.end())
    return found->second;
  Entry entry{symbol.str(), {}, ""};
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
