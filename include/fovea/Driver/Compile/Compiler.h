//===- Compiler.h - from a spec's text to any level -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_COMPILE_COMPILER_H
#define FOVEA_DRIVER_COMPILE_COMPILER_H

#include "fovea/Driver/Compile/StageTimer.h"
#include "fovea/Target/CPU/CpuTarget.h"
#include "fovea/Target/GPU/Ptxas.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <memory>
#include <optional>
#include <string>

namespace mlir {
class SourceMgrDiagnosticHandler;
}

namespace fovea {

struct GpuTargetInfo;

/// How to say why kernels have their schedules.
enum class Explain { Not, Text, Json };

/// What only a compile for a GPU reads.
struct GpuOptions {
  const GpuTargetInfo *target = nullptr; ///< null: compile for the CPU
  std::string kernel;         ///< write this kernel's PTX or cubin only; empty: all
  PtxasOptions ptxas;         ///< which one to run
  unsigned jobs = 0;          ///< kernels at a time; 0: as many as there are cores
  bool report = false;        ///< print what each kernel uses, and the least it needs
  int64_t workTokens = 65536; ///< of the sequence that the report's work is of
  std::string scheduleTable;  ///< a file of measured schedules; empty: none
  bool builtInTable = true;   ///< use the measured schedules that Fovea comes with
  /// Where to is the output of Emit::Explanation, else stdout.
  Explain explain = Explain::Not;
  /// For tests: kernels sleep as simt-inject-delays says, whatever that costs.
  std::optional<uint32_t> delaySeed = std::nullopt;
};

struct CompileOptions {
  std::string entry;             ///< compile only this function; empty: all
  std::string cpu = "x86-64-v3"; ///< an LLVM CPU name, or "native"
  bool fuse = true;
  bool auxOutputs = false; ///< also return each branch's lse and indices
  std::vector<std::string> dialectPlugins; ///< shared libraries of dialects
  /// What a forward entry saves for its backward one, as for attn-differentiate.
  std::vector<std::string> save = {"all"};
  std::string linker; ///< the C compiler that links a shared library; empty: cc
  GpuOptions gpu = {};
  CpuInterface cpuInterface = CpuInterface::C; ///< of what is below the tile level
};

/// The levels of the road, in order; each one includes those above. The GPU's stretch,
/// TilePlaced and Nvvm, and the CPU's, LlvmDialect, both start at Tile.
enum class Level { Attn, Tile, TilePlaced, Nvvm, LlvmDialect };

/// A file of specs, parsed and verified. Diagnostics go to stderr with the
/// source line they are about.
class SpecFile {
public:
  /// Null, after a diagnostic, if the file cannot be read, is not valid, or
  /// holds neither a spec nor a function. `dialectPlugins` are shared libraries of
  /// dialects, as for fovea-opt's --load-dialect-plugin.
  static std::unique_ptr<SpecFile>
  open(llvm::StringRef path, StageTimer &timer,
       llvm::ArrayRef<std::string> dialectPlugins = {});
  /// The same for a text in memory; diagnostics call it `name`.
  static std::unique_ptr<SpecFile> parse(llvm::StringRef text, llvm::StringRef name,
                                         StageTimer &timer);
  ~SpecFile();

  llvm::StringRef getPath() const { return path; }

  /// A copy of the module, lowered to `level`; null after a diagnostic. TilePlaced and
  /// Nvvm need `options.gpu.target`.
  mlir::OwningOpRef<mlir::ModuleOp> lower(Level level, const CompileOptions &options,
                                          StageTimer &timer);

private:
  SpecFile();
  static std::unique_ptr<SpecFile> read(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                        StageTimer &timer,
                                        llvm::ArrayRef<std::string> dialectPlugins);

  std::string path;
  mlir::MLIRContext context;
  llvm::SourceMgr sourceMgr;
  std::unique_ptr<mlir::SourceMgrDiagnosticHandler> handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Lists in `module`, at the level Attn, the schedules that the kernels of
/// `options.gpu.target` may have: what a compile that tries several starts from again.
mlir::LogicalResult listSchedules(mlir::ModuleOp module, const CompileOptions &options,
                                  StageTimer &timer);

/// Lowers `module`, at the level Attn, in place to `level`, with the options that it
/// was made with.
mlir::LogicalResult lowerAttn(mlir::ModuleOp module, Level level,
                              const CompileOptions &options, StageTimer &timer);

/// The one public function of `module`, at the attn level; null, after a
/// diagnostic, if there are several.
mlir::func::FuncOp getSingleEntry(mlir::ModuleOp module);

/// What code for `cpu` is made for; fails after a diagnostic if LLVM does not
/// know it.
mlir::FailureOr<CpuTargetInfo> getTarget(mlir::ModuleOp module, llvm::StringRef cpu);

/// What foveac can write.
enum class Emit {
  Attn,
  Tile,
  TilePlaced,
  LlvmDialect,
  LlvmIR,
  Assembly,
  Object,
  Shared, ///< a library that is loaded when a program runs
  Header,
  Nvvm,
  Ptx,
  Cubin,
  Bundle,
  Explanation ///< of a bundle's schedules
};

/// Makes `options` compile for `target`: cpu, or a GPU's name. Fails, after a
/// diagnostic, for another.
llvm::LogicalResult selectTarget(llvm::StringRef target, CompileOptions &options);

/// Compiles the spec in `input` and writes it to `output`, where "-" is stdout.
/// Fails after a diagnostic, and then leaves no file.
llvm::LogicalResult compileToFile(llvm::StringRef input, Emit kind,
                                  const CompileOptions &options, StageTimer &timer,
                                  llvm::StringRef output);

} // namespace fovea

#endif // FOVEA_DRIVER_COMPILE_COMPILER_H
