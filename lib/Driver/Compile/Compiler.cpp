//===- Compiler.cpp - from a spec's text to any level ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Compile/Compiler.h"

#include "fovea/Dialect/Attn/IR/FunctionRows.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Pipelines/Pipelines.h"
#include "fovea/Pipelines/Register.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using mlir::failure;
using mlir::success;

SpecFile::SpecFile() : context(mlir::MLIRContext::Threading::DISABLED) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  // A mistake gets one diagnostic, not a print of the operation as well.
  context.printOpOnDiagnostic(false);
}

SpecFile::~SpecFile() = default;

/// A spec file holds specs and functions of attn operations. A declaration says nothing
/// that they could use, and goes. Or it holds a launch program with its kernels, as
/// foveac writes them below the attn level: the stages that are left ask for what they
/// need.
static mlir::LogicalResult checkContents(mlir::ModuleOp module) {
  if (module.walk([](tile::LaunchOp) { return mlir::WalkResult::interrupt(); })
          .wasInterrupted())
    return success();
  bool hasEntry = false;
  for (mlir::Operation &op : llvm::make_early_inc_range(*module.getBody())) {
    auto function = mlir::dyn_cast<mlir::func::FuncOp>(op);
    if (function && function.isExternal()) {
      function.erase();
      continue;
    }
    bool isEntry =
        function ? attn::isAttnFunction(function) : mlir::isa<attn::SpecOp>(op);
    if (!isEntry)
      return op.emitError() << "expected specs and functions of attn operations, got "
                            << (function ? "a function without any" : "")
                            << (function ? "" : op.getName().getStringRef());
    hasEntry = true;
  }
  if (hasEntry)
    return success();
  return module.emitError() << "expected an attn.spec or a function of attn "
                               "operations, got neither";
}

/// Runs `stage`, of which a part may be code of plugins: it fails where it says so, by
/// an error, and says so where it fails.
static mlir::LogicalResult reportAll(mlir::Location location, llvm::StringRef stage,
                                     llvm::function_ref<mlir::LogicalResult()> run) {
  bool isSaid = false;
  mlir::ScopedDiagnosticHandler handler(
      location.getContext(), [&](mlir::Diagnostic &diagnostic) {
        isSaid |= diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
        return failure(); // others print it
      });
  mlir::LogicalResult result = run();
  if (failed(result) && !isSaid)
    mlir::emitError(location) << "expected a diagnostic where `" << stage
                              << "` fails, got none";
  return success(succeeded(result) && !isSaid);
}

/// Adds the dialects of `plugins` to `registry`.
static mlir::LogicalResult loadPlugins(llvm::ArrayRef<std::string> plugins,
                                       mlir::DialectRegistry &registry) {
  for (const std::string &path : plugins) {
    llvm::Expected<mlir::DialectPlugin> plugin = mlir::DialectPlugin::load(path);
    if (!plugin) {
      llvm::errs() << "error: expected a dialect plugin, got "
                   << llvm::toString(plugin.takeError()) << "\n";
      return failure();
    }
    plugin->registerDialectRegistryCallbacks(registry);
  }
  return success();
}

std::unique_ptr<SpecFile> SpecFile::read(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                         StageTimer &timer,
                                         llvm::ArrayRef<std::string> dialectPlugins) {
  std::unique_ptr<SpecFile> spec(new SpecFile);
  mlir::DialectRegistry registry;
  if (failed(loadPlugins(dialectPlugins, registry)))
    return nullptr;
  spec->context.appendDialectRegistry(registry);
  spec->path = buffer->getBufferIdentifier().str();
  spec->sourceMgr.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  spec->handler = std::make_unique<mlir::SourceMgrDiagnosticHandler>(spec->sourceMgr,
                                                                     &spec->context);
  auto parse = [&] {
    spec->module = timer.time("parse", [&] {
      return mlir::parseSourceFile<mlir::ModuleOp>(spec->sourceMgr, &spec->context);
    });
    return success(bool(spec->module));
  };
  auto start = mlir::FileLineColLoc::get(&spec->context, spec->path, 1, 1);
  if (failed(reportAll(start, "parse", parse)) || failed(checkContents(*spec->module)))
    return nullptr;
  return spec;
}

std::unique_ptr<SpecFile> SpecFile::open(llvm::StringRef path, StageTimer &timer,
                                         llvm::ArrayRef<std::string> dialectPlugins) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> buffer = mlir::openInputFile(path, &message);
  if (!buffer) {
    llvm::errs() << "error: " << message << "\n";
    return nullptr;
  }
  return read(std::move(buffer), timer, dialectPlugins);
}

std::unique_ptr<SpecFile> SpecFile::parse(llvm::StringRef text, llvm::StringRef name,
                                          StageTimer &timer) {
  return read(llvm::MemoryBuffer::getMemBufferCopy(text, name), timer, {});
}

/// Erases the functions other than `entry`; an attn function calls no other.
static mlir::LogicalResult keepEntry(mlir::ModuleOp module, llvm::StringRef entry) {
  auto functions = llvm::to_vector(module.getOps<mlir::func::FuncOp>());
  if (!module.lookupSymbol<mlir::func::FuncOp>(entry)) {
    mlir::InFlightDiagnostic diagnostic = module.emitError();
    diagnostic << "expected an entry of this file, ";
    llvm::interleave(
        functions, [&](auto function) { diagnostic << function.getName(); },
        [&] { diagnostic << " or "; });
    return diagnostic << ", got " << entry;
  }
  for (mlir::func::FuncOp function : functions)
    if (function.getName() != entry)
      function.erase();
  return success();
}

mlir::FailureOr<CpuTargetInfo> fovea::getTarget(mlir::ModuleOp module,
                                                llvm::StringRef cpu) {
  return getCpuTargetInfo(cpu, /*features=*/"", [&](const llvm::Twine &message) {
    return mlir::LogicalResult(module.emitError(message));
  });
}

static mlir::LogicalResult
runStage(mlir::ModuleOp module, llvm::StringRef stage, StageTimer &timer,
         llvm::function_ref<void(mlir::OpPassManager &)> build) {
  mlir::PassManager manager(module.getContext());
  // What a stage leaves is verified, not what each of its passes does (fovea-opt does
  // that): verifiers would take more of the time than the passes.
  manager.enableVerifier(false);
  build(manager);
  return reportAll(module.getLoc(), stage, [&] {
    return timer.time(stage, [&] {
      return success(succeeded(manager.run(module)) && succeeded(mlir::verify(module)));
    });
  });
}

static void setOptions(const CompileOptions &options, SpecOptions &specOptions) {
  specOptions.fuse = options.fuse;
  specOptions.auxOutputs = options.auxOutputs;
  specOptions.save = llvm::ArrayRef(options.save);
  specOptions.reportMemory = options.gpu.report;
  if (options.gpu.target)
    specOptions.target = options.gpu.target->name.str();
  specOptions.table = options.gpu.scheduleTable;
  specOptions.builtInTable = options.gpu.builtInTable;
  specOptions.workTokens = options.gpu.report ? options.gpu.workTokens : 0;
}

mlir::OwningOpRef<mlir::ModuleOp>
SpecFile::lower(Level level, const CompileOptions &options, StageTimer &timer) {
  mlir::OwningOpRef<mlir::ModuleOp> result = module->clone();
  SpecOptions specOptions;
  setOptions(options, specOptions);
  if (failed(
          runStage(*result, "spec to attn", timer, [&](mlir::OpPassManager &manager) {
            buildSpecToAttnPipeline(manager, specOptions);
          })))
    return {};
  if (!options.entry.empty() && failed(keepEntry(*result, options.entry)))
    return {};
  if (failed(lowerAttn(*result, level, options, timer)))
    return {};
  return result;
}

mlir::LogicalResult fovea::listSchedules(mlir::ModuleOp module,
                                         const CompileOptions &options,
                                         StageTimer &timer) {
  SpecOptions specOptions;
  setOptions(options, specOptions);
  return runStage(module, "attn to lists of schedules", timer,
                  [&](mlir::OpPassManager &manager) {
                    buildListSchedulesPipeline(manager, specOptions);
                  });
}

/// From tile kernels to `level`, in stages: what each leaves is verified.
static mlir::LogicalResult lowerForGpu(mlir::ModuleOp module, Level level,
                                       const GpuOptions &gpu, StageTimer &timer) {
  if (failed(runStage(module, "tile to placed tile", timer, buildPlacementPipeline)))
    return failure();
  if (level == Level::TilePlaced)
    return success();
  if (failed(runStage(module, "placed tile to simt", timer,
                      [&](mlir::OpPassManager &manager) {
                        buildSimtPipeline(manager, gpu.target->name, gpu.delaySeed);
                      })))
    return failure();
  return runStage(module, "simt to nvvm", timer, buildNvvmPipeline);
}

mlir::LogicalResult fovea::lowerAttn(mlir::ModuleOp module, Level level,
                                     const CompileOptions &options, StageTimer &timer) {
  if (level == Level::Attn)
    return success();
  SpecOptions specOptions;
  setOptions(options, specOptions);
  if (failed(runStage(module, "attn to tile", timer, [&](mlir::OpPassManager &manager) {
        buildAttnToTilePipeline(manager, specOptions);
      })))
    return failure();
  if (level == Level::Tile)
    return success();
  if (level == Level::TilePlaced || level == Level::Nvvm)
    return lowerForGpu(module, level, options.gpu, timer);
  mlir::FailureOr<CpuTargetInfo> target = getTarget(module, options.cpu);
  if (failed(target))
    return failure();
  return runStage(module, "tile to llvm dialect", timer,
                  [&](mlir::OpPassManager &manager) {
                    buildCpuPipeline(manager, *target, options.cpuInterface);
                  });
}

mlir::func::FuncOp fovea::getSingleEntry(mlir::ModuleOp module) {
  auto functions = llvm::to_vector(module.getOps<mlir::func::FuncOp>());
  for (mlir::func::FuncOp function : functions)
    if (!attn::isAttnFunction(function)) {
      function.emitError()
          << "expected functions of attn operations to run, got one of "
             "kernels that are lowered already";
      return nullptr;
    }
  if (functions.size() == 1)
    return functions.front();
  mlir::InFlightDiagnostic diagnostic = module.emitError();
  diagnostic << "expected --entry to name one of ";
  llvm::interleave(
      functions, [&](auto function) { diagnostic << function.getName(); },
      [&] { diagnostic << ", "; });
  return nullptr;
}
