//===- AssemblyCache.cpp - no code to LLVM or ptxas twice -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/AssemblyCache.h"

#include "PtxSymbol.h"
#include "fovea/Support/Parallel.h"
#include "fovea/Target/GPU/EmitPtx.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/STLExtras.h"

#include <vector>

using namespace fovea;

using ModuleEquivalence = mlir::OperationEquivalence;

const std::string *AssemblyCache::findEmitted(mlir::Operation *kernelModule,
                                              const GpuTargetInfo &target) const {
  auto found = llvm::find_if(emitted, [&](const Emitted &other) {
    return other.target == target.name &&
           ModuleEquivalence::isEquivalentTo(kernelModule, other.module,
                                             ModuleEquivalence::IgnoreLocations);
  });
  return found == emitted.end() ? nullptr : &found->ptx;
}

llvm::LogicalResult AssemblyCache::emit(llvm::ArrayRef<mlir::Operation *> kernelModules,
                                        const GpuTargetInfo &target, unsigned jobs,
                                        llvm::MutableArrayRef<std::string> ptx) {
  llvm::SmallVector<mlir::Operation *> modules; // that are new
  llvm::SmallVector<std::string *> places;      // of their PTX
  for (auto [module, text] : llvm::zip_equal(kernelModules, ptx)) {
    if (const std::string *before = findEmitted(module, target)) {
      text = *before;
      continue;
    }
    modules.push_back(module);
    places.push_back(&text);
  }
  std::vector<std::string> fresh(modules.size());
  if (failed(emitPtx(modules, target, jobs, fresh)))
    return llvm::failure();
  for (auto [module, text, place] : llvm::zip_equal(modules, fresh, places)) {
    *place = text;
    emitted.push_back({target.name, module, std::move(text)});
  }
  return llvm::success();
}

/// What ptxas makes of `source`, but for its symbol; an error for what is no fault of
/// the kernel's size.
static llvm::Error assembleOne(llvm::StringRef source, const GpuTargetInfo &target,
                               const Ptxas &ptxas, AssemblyCache::Entry &entry) {
  llvm::Expected<AssembledKernel> assembled = assemblePtx(source, target, ptxas);
  if (!assembled)
    return llvm::handleErrors(
        assembled.takeError(),
        [&](const PtxRefusedError &refused) { entry.refusal = refused.message(); });
  entry.kernel = std::move(*assembled);
  return llvm::Error::success();
}

llvm::Error AssemblyCache::assemble(llvm::ArrayRef<Source> sources,
                                    const GpuTargetInfo &target, unsigned jobs,
                                    llvm::SmallVectorImpl<const Entry *> &result) {
  // A new code, of the first source that has it.
  struct Task {
    std::map<Code, Entry>::iterator place;
    size_t source;
    std::string error = "";
  };
  std::vector<Task> tasks;
  for (auto [i, source] : llvm::enumerate(sources)) {
    auto [place, isNew] = entries.try_emplace(
        {target.name, renamePtxSymbol(source.ptx, source.symbol, "kernel")});
    result.push_back(&place->second);
    if (!isNew)
      continue;
    place->second.symbol = source.symbol;
    tasks.push_back({place, i});
    assembledBytes += source.ptx.size();
  }
  size_t failed = runInParallel(tasks.size(), jobs, [&](size_t i) {
    Task &task = tasks[i];
    llvm::Error error =
        assembleOne(sources[task.source].ptx, target, ptxas, task.place->second);
    task.error = llvm::toString(std::move(error));
    return task.error.empty();
  });
  if (failed == tasks.size())
    return llvm::Error::success();
  // What is behind the error may have ended, or not begun.
  for (const Task &task : llvm::ArrayRef(tasks).drop_front(failed))
    entries.erase(task.place);
  result.pop_back_n(sources.size() - tasks[failed].source);
  return llvm::createStringError(tasks[failed].error);
}
