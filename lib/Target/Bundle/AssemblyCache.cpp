//===- AssemblyCache.cpp - no code to LLVM or ptxas twice -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Bundle/AssemblyCache.h"

#include "PtxSymbol.h"
#include "fovea/Support/Parallel.h"
#include "fovea/Target/GPU/EmitPtx.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <vector>

using namespace fovea;

/// What decides the PTX of a module.
static std::string print(mlir::Operation *kernelModule, const GpuTargetInfo &target) {
  std::string text = target.name.str();
  llvm::raw_string_ostream stream(text);
  kernelModule->print(stream);
  return text;
}

llvm::LogicalResult AssemblyCache::emit(llvm::ArrayRef<mlir::Operation *> kernelModules,
                                        const GpuTargetInfo &target, unsigned jobs,
                                        llvm::MutableArrayRef<std::string> ptx) {
  std::vector<std::string> texts;
  llvm::SmallVector<mlir::Operation *> modules; // that are new
  std::vector<std::string> names;               // their texts
  for (mlir::Operation *module : kernelModules) {
    texts.push_back(print(module, target));
    if (emitted.count(texts.back()) || llvm::is_contained(names, texts.back()))
      continue;
    modules.push_back(module);
    names.push_back(texts.back());
  }
  std::vector<std::string> fresh(modules.size());
  if (failed(emitPtx(modules, target, jobs, fresh)))
    return llvm::failure();
  for (auto [name, text] : llvm::zip_equal(names, fresh))
    emitted.emplace(std::move(name), std::move(text));
  for (auto [text, result] : llvm::zip_equal(texts, ptx))
    result = emitted.at(text);
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
