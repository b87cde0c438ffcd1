//===- Emit.cpp - what foveac writes --------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Compile/CompileGpu.h"
#include "fovea/Driver/Compile/Compiler.h"
#include "fovea/Support/OutputFile.h"
#include "fovea/Target/CHeader/BundleHeader.h"
#include "fovea/Target/CHeader/CHeader.h"
#include "fovea/Target/CPU/CpuCode.h"
#include "fovea/Target/CPU/DataObject.h"
#include "fovea/Target/CPU/SharedLibrary.h"
#include "fovea/Target/Entry/CEntry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace fovea;
using mlir::failure;
using mlir::success;

namespace {

enum class TargetKind { Any, Cpu, Gpu };

/// What is the same for every compile to one kind of output.
struct EmitInfo {
  llvm::StringLiteral name; ///< as --emit= says it
  TargetKind target;
  Level level; ///< to lower to first
  bool isBinary;
};

} // namespace

static EmitInfo getInfo(Emit kind) {
  switch (kind) {
  case Emit::Attn:
    return {"attn", TargetKind::Any, Level::Attn, false};
  case Emit::Tile:
    return {"tile", TargetKind::Any, Level::Tile, false};
  case Emit::TilePlaced:
    return {"tile-placed", TargetKind::Gpu, Level::TilePlaced, false};
  case Emit::LlvmDialect:
    return {"llvm-dialect", TargetKind::Cpu, Level::LlvmDialect, false};
  case Emit::LlvmIR:
    return {"llvm", TargetKind::Cpu, Level::LlvmDialect, false};
  case Emit::Assembly:
    return {"asm", TargetKind::Cpu, Level::LlvmDialect, false};
  case Emit::Object: // of a GPU: the bundle's
    return {"obj", TargetKind::Any, Level::LlvmDialect, true};
  case Emit::Shared:
    return {"shared", TargetKind::Cpu, Level::LlvmDialect, true};
  case Emit::Header:
    return {"header", TargetKind::Any, Level::Tile, false};
  case Emit::Nvvm:
    return {"nvvm", TargetKind::Gpu, Level::Nvvm, false};
  case Emit::Ptx:
    return {"ptx", TargetKind::Gpu, Level::Nvvm, false};
  case Emit::Cubin:
    return {"cubin", TargetKind::Gpu, Level::Nvvm, true};
  case Emit::Bundle:
    return {"bundle", TargetKind::Gpu, Level::Nvvm, true};
  case Emit::Explanation: // --explain-schedule, by itself
    return {"explanation", TargetKind::Gpu, Level::Nvvm, false};
  }
  llvm_unreachable("unknown kind of output");
}

/// Whether kernels are compiled, for a GPU, to write this.
static bool isGpuCode(Emit kind) {
  return kind == Emit::Ptx || kind == Emit::Cubin || kind == Emit::Bundle ||
         kind == Emit::Explanation;
}

/// The GPU targets, as in "sm_80 or sm_90a".
static std::string getGpuNames(llvm::StringRef separator) {
  return llvm::join(
      llvm::map_range(getGpuTargets(), [](auto &target) { return target.name; }),
      separator);
}

mlir::LogicalResult fovea::selectTarget(llvm::StringRef target,
                                        CompileOptions &options) {
  options.gpu.target = nullptr;
  if (target == "cpu")
    return success();
  llvm::Expected<const GpuTargetInfo *> gpu = lookupGpuTarget(target);
  if (gpu) {
    options.gpu.target = *gpu;
    return success();
  }
  llvm::consumeError(gpu.takeError());
  llvm::errs() << "error: expected a target, cpu, " << getGpuNames(" or ") << ", got "
               << target << "\n";
  return failure();
}

static mlir::LogicalResult fail(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return failure();
}

/// Positions within a sequence are i32.
static bool isTokenCount(int64_t tokens) {
  return tokens >= 1 && tokens <= std::numeric_limits<int32_t>::max();
}

/// Whether what is asked of schedules goes with the rest: they are a GPU's.
static mlir::LogicalResult
checkScheduleOptions(Emit kind, const CompileOptions &options, llvm::StringRef output) {
  bool explains = options.gpu.explain != Explain::Not;
  if (!options.gpu.target && (explains || !options.gpu.scheduleTable.empty()))
    return fail("expected --target=" + getGpuNames(" or ") + " for --" +
                (explains ? "explain-schedule" : "schedule-table") + ", got cpu");
  if (!explains || kind == Emit::Explanation)
    return success();
  bool hasKernels = isGpuCode(kind) || kind == Emit::Object;
  if (!hasKernels)
    return fail("expected --emit=ptx, cubin, bundle, obj or none for "
                "--explain-schedule, got " +
                getInfo(kind).name);
  if (output == "-")
    return fail("expected -o <file> for --emit=" + getInfo(kind).name +
                " beside --explain-schedule, which writes to stdout");
  return success();
}

/// Whether the options belong together.
static mlir::LogicalResult checkOptions(Emit kind, const CompileOptions &options,
                                        llvm::StringRef output) {
  EmitInfo info = getInfo(kind);
  if (failed(checkScheduleOptions(kind, options, output)))
    return failure();
  if (info.target == TargetKind::Gpu && !options.gpu.target)
    return fail("expected --target=" + getGpuNames(" or ") +
                " for --emit=" + info.name + ", got cpu");
  if (info.target == TargetKind::Cpu && options.gpu.target)
    return fail("expected --target=cpu for --emit=" + info.name + ", got " +
                options.gpu.target->name);
  bool hasKernels = isGpuCode(kind) || (kind == Emit::Object && options.gpu.target);
  if (options.gpu.report && !hasKernels)
    return fail("expected --emit=ptx, cubin, bundle or a GPU's obj for --report, got " +
                info.name);
  if ((options.gpu.report || options.gpu.explain != Explain::Not) &&
      !isTokenCount(options.gpu.workTokens))
    return fail("expected --tokens from 1, below 2^31, got " +
                llvm::Twine(options.gpu.workTokens));
  if (options.gpu.delaySeed && info.level != Level::Nvvm)
    return fail("expected --emit=nvvm, ptx, cubin or bundle for --inject-delays, got " +
                info.name);
  if (!options.linker.empty() && kind != Emit::Shared)
    return fail("expected --emit=shared for --linker, got " + info.name);
  if (!options.gpu.kernel.empty() && kind != Emit::Ptx && kind != Emit::Cubin)
    return fail("expected --emit=ptx or cubin for --kernel, got " + info.name);
  if (info.isBinary && output == "-" && llvm::outs().is_displayed())
    return fail("expected -o <file> for --emit=" + info.name + ", got a terminal");
  return success();
}

/// Prints as fovea-opt does.
static void printModule(mlir::ModuleOp module, llvm::raw_ostream &stream) {
  module.print(stream);
  stream << "\n";
}

/// Everything below the LLVM dialect.
static mlir::LogicalResult emitCode(mlir::ModuleOp module, Emit kind,
                                    const CompileOptions &options, StageTimer &timer,
                                    llvm::raw_pwrite_stream &stream) {
  mlir::FailureOr<CpuTargetInfo> target = getTarget(module, options.cpu);
  if (failed(target))
    return failure();
  std::unique_ptr<CpuCode> code = timer.time(
      "translate to LLVM IR", [&] { return CpuCode::translate(module, *target); });
  if (!code)
    return failure();
  (void)timer.time("LLVM O3", [&] {
    code->optimize();
    return success();
  });
  if (kind == Emit::LlvmIR) {
    code->print(stream);
    return success();
  }
  return timer.time("code generation", [&] {
    return kind == Emit::Assembly ? code->writeAssembly(stream)
                                  : code->writeObject(stream);
  });
}

/// Says what the bundle's object and header are of. The schedules that a compile has to
/// fall back on do not matter: the header, which is made apart, cannot know them.
static mlir::FailureOr<std::string> getBundleTag(SpecFile &spec, CompileOptions options,
                                                 StageTimer &timer) {
  options.gpu.report = false; // adds attributes
  mlir::OwningOpRef<mlir::ModuleOp> module = spec.lower(Level::Tile, options, timer);
  if (!module)
    return failure();
  return getContentTag(*module, options.gpu.target->name);
}

/// An object of this machine that holds the bundle.
static mlir::LogicalResult emitBundleObject(SpecFile &spec,
                                            const CompileOptions &options,
                                            StageTimer &timer,
                                            llvm::raw_pwrite_stream &stream) {
  mlir::FailureOr<CpuTargetInfo> host =
      getCpuTargetInfo(options.cpu, /*features=*/"", fail);
  mlir::FailureOr<std::string> tag = getBundleTag(spec, options, timer);
  std::string bundle;
  llvm::raw_string_ostream bundleStream(bundle);
  if (failed(host) || failed(tag) ||
      failed(emitGpuCode(spec, Emit::Bundle, options, timer, bundleStream)))
    return failure();
  std::string symbol = getBundleSymbol(spec.getPath(), options.gpu.target->name);
  if (llvm::Error error = emitDataObject(symbol, *tag, bundle, *host, stream))
    return fail(llvm::toString(std::move(error)));
  return success();
}

/// A shared library of this machine, of the object and of what its header says.
static mlir::LogicalResult emitSharedLibrary(SpecFile &spec,
                                             const CompileOptions &options,
                                             StageTimer &timer,
                                             llvm::raw_ostream &stream) {
  mlir::OwningOpRef<mlir::ModuleOp> tiles = spec.lower(Level::Tile, options, timer);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      spec.lower(Level::LlvmDialect, options, timer);
  llvm::SmallString<0> object;
  llvm::raw_svector_ostream objectStream(object);
  if (!tiles || !module ||
      failed(emitCode(*module, Emit::Object, options, timer, objectStream)))
    return failure();
  std::vector<EntrySignature> entries;
  mlir::FailureOr<CpuTargetInfo> target = getTarget(*tiles, options.cpu);
  if (failed(target) || failed(getEntrySignatures(*tiles, entries)))
    return failure();
  return timer.time("link", [&]() -> mlir::LogicalResult {
    llvm::Expected<std::string> library = linkSharedLibrary(
        object, describeLibrary(entries, *target),
        getContentTag(*tiles, toString(*target)), *target, options.linker);
    if (!library)
      return fail(llvm::toString(library.takeError()));
    stream << *library;
    return success();
  });
}

static mlir::LogicalResult emitHeader(mlir::ModuleOp module, SpecFile &spec,
                                      const CompileOptions &options,
                                      llvm::raw_ostream &stream) {
  if (options.gpu.target)
    return emitBundleHeader(module, spec.getPath(), options.gpu.target->name, stream);
  mlir::FailureOr<CpuTargetInfo> target = getTarget(module, options.cpu);
  if (failed(target))
    return failure();
  return emitCHeader(module, spec.getPath(), toString(*target), stream);
}

/// Compiles `spec` and writes it; fails after a diagnostic.
static mlir::LogicalResult emit(SpecFile &spec, Emit kind,
                                const CompileOptions &options, StageTimer &timer,
                                llvm::raw_pwrite_stream &stream) {
  if (isGpuCode(kind))
    return emitGpuCode(spec, kind, options, timer, stream);
  if (kind == Emit::Object && options.gpu.target)
    return emitBundleObject(spec, options, timer, stream);
  if (kind == Emit::Shared)
    return emitSharedLibrary(spec, options, timer, stream);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      spec.lower(getInfo(kind).level, options, timer);
  if (!module)
    return failure();
  switch (kind) {
  case Emit::Attn:
  case Emit::Tile:
  case Emit::TilePlaced:
  case Emit::LlvmDialect:
  case Emit::Nvvm:
    printModule(*module, stream);
    return success();
  case Emit::Header:
    return emitHeader(*module, spec, options, stream);
  case Emit::LlvmIR:
  case Emit::Assembly:
  case Emit::Object:
    return emitCode(*module, kind, options, timer, stream);
  case Emit::Ptx:
  case Emit::Cubin:
  case Emit::Bundle:
  case Emit::Explanation:
  case Emit::Shared:
    break; // above
  }
  llvm_unreachable("unknown kind of output");
}

mlir::LogicalResult fovea::compileToFile(llvm::StringRef input, Emit kind,
                                         const CompileOptions &options,
                                         StageTimer &timer, llvm::StringRef output) {
  if (failed(checkOptions(kind, options, output)))
    return failure();
  std::unique_ptr<SpecFile> spec = SpecFile::open(input, timer, options.dialectPlugins);
  if (!spec)
    return failure();
  // Written in memory first: a failed compile leaves no file behind.
  llvm::SmallString<0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  if (failed(emit(*spec, kind, options, timer, stream)))
    return failure();
  if (llvm::Error error =
          writeFile(output, [&](llvm::raw_ostream &file) { file << buffer; }))
    return fail(llvm::toString(std::move(error)));
  return success();
}
