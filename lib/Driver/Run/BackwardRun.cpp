//===- BackwardRun.cpp - a run of two entries -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "BackwardRun.h"

#include "ArgumentRole.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/Transforms/Gradient.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace fovea;
using mlir::failure;
using mlir::func::FuncOp;

/// The functions of `module` that have a backward one.
static std::vector<FuncOp> findForwards(mlir::ModuleOp module) {
  std::vector<FuncOp> forwards;
  for (FuncOp function : module.getOps<FuncOp>())
    if (module.lookupSymbol<FuncOp>(attn::getBackwardName(function.getName())))
      forwards.push_back(function);
  return forwards;
}

/// The one that `entry` names; without a name the only one.
static mlir::FailureOr<FuncOp> findForward(mlir::ModuleOp module,
                                           llvm::StringRef entry) {
  std::vector<FuncOp> forwards = findForwards(module);
  if (forwards.empty())
    return module.emitError() << "expected `entries backward` of a spec, or "
                              << attn::kBackwardAttrName
                              << " on a function, for --backward, got neither";
  if (entry.empty() && forwards.size() == 1)
    return forwards.front();
  for (FuncOp function : forwards)
    if (function.getName() == entry)
      return function;
  mlir::InFlightDiagnostic diagnostic = module.emitError();
  diagnostic << "expected --entry to name one of ";
  llvm::interleaveComma(forwards, diagnostic,
                        [&](FuncOp function) { diagnostic << function.getName(); });
  return diagnostic << ", got " << (entry.empty() ? "none" : entry);
}

/// What the forward entry takes and gives goes to the backward one by name.
static mlir::LogicalResult checkNames(FuncOp function) {
  auto isNamed = [](mlir::DictionaryAttr attributes) {
    return attributes && attributes.contains(attn::kNameAttrName);
  };
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (!isNamed(function.getArgAttrDict(i)))
      return function.emitError()
             << "expected " << attn::kNameAttrName << " on argument " << i
             << ", for --backward, got none";
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (!isNamed(function.getResultAttrDict(i)))
      return function.emitError() << "expected " << attn::kNameAttrName << " on result "
                                  << i << ", for --backward, got none";
  return mlir::success();
}

/// Keeps the files of `names`, or all others.
static void keepFiles(std::map<std::string, std::string> &files,
                      const llvm::StringSet<> &names, bool others) {
  for (auto file = files.begin(); file != files.end();)
    file = names.contains(file->first) == others ? files.erase(file) : std::next(file);
}

mlir::FailureOr<BackwardRun> fovea::splitRun(SpecFile &spec,
                                             const RunOptions &options) {
  CompileOptions compile = options.compile;
  compile.fuse = false;
  compile.auxOutputs = true;
  compile.entry.clear();
  StageTimer untimed;
  mlir::OwningOpRef<mlir::ModuleOp> module = spec.lower(Level::Attn, compile, untimed);
  if (!module)
    return failure();
  mlir::FailureOr<FuncOp> function = findForward(*module, options.compile.entry);
  if (failed(function) || failed(checkNames(*function)))
    return failure();
  llvm::StringSet<> inputs, outputs;
  for (unsigned i = 0; i < function->getNumArguments(); ++i)
    inputs.insert(getInputInfo(*function, i).name);
  for (unsigned i = 0; i < function->getNumResults(); ++i)
    outputs.insert(getOutputInfo(*function, i).name);

  BackwardRun both{options, options};
  both.forward.backward = both.backward.backward = false;
  both.forward.compile.entry = function->getName().str();
  both.backward.compile.entry = attn::getBackwardName(function->getName());
  for (RunOptions *run : {&both.forward, &both.backward}) {
    keepFiles(run->workload.inputFiles, inputs, run == &both.backward);
    keepFiles(run->outputFiles, outputs, run == &both.backward);
  }
  both.forward.jsonPath.clear();
  both.backward.plotPath.clear();
  // cu_seqlens is given, and what is in its place.
  both.backward.workload.lengths.clear();
  both.backward.workload.queries.clear();
  both.backward.verifyTokens = 0; // a gradient of keys sums over all tokens
  return both;
}
