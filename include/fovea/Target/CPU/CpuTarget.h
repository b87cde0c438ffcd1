//===- CpuTarget.h - native code for the CPU --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CPU_CPUTARGET_H
#define FOVEA_TARGET_CPU_CPUTARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class raw_pwrite_stream;
class TargetMachine;
} // namespace llvm

namespace mlir {
class OpPassManager;
}

namespace fovea {

/// What code is made for, and the only place that says what a CPU can hold.
struct CpuTargetInfo {
  std::string cpu = "x86-64-v3"; // as LLVM names it, never "native"
  std::string features;          // "+avx512f,-fma,…"
  int64_t vectorBits = 256;
  int64_t vectorRegisters = 16;
  bool convertsF16 = true; // has instructions between f16 and f32
};

/// Describes `cpu` ("native" for this machine) with `features` on top. Fails with a
/// message when LLVM does not know the CPU, or when it is not one of 64 bits.
mlir::FailureOr<CpuTargetInfo>
getCpuTargetInfo(llvm::StringRef cpu, llvm::StringRef features,
                 llvm::function_ref<mlir::LogicalResult(const llvm::Twine &)> onError);

/// Features that code for `target` may use, as LLVM names them, of those that a machine
/// can be asked about; none of those that a compiler does not use by itself.
std::vector<std::string> getNeededFeatures(const CpuTargetInfo &target);

/// Those of them that this machine lacks.
std::vector<std::string> getMissingFeatures(const CpuTargetInfo &target);

/// `target` in one line: what the same code is compiled for.
std::string toString(const CpuTargetInfo &target);

/// How compiled entries are called.
enum class CpuInterface {
  Memref, ///< `_mlir_ciface_` functions of memref descriptors, as CpuJit looks up
  C       ///< the functions of an object's header, and no other symbol
};

/// The name in compiled code of what a module calls `name`.
std::string getInternalName(llvm::StringRef name);

/// From logical tile kernels and launch programs (func, memref, scf, tile) to the LLVM
/// dialect, with OpenMP for launches. See docs of `cpu-entries` and
/// `convert-tile-to-loops`.
void buildCpuPipeline(mlir::OpPassManager &pm, const CpuTargetInfo &target,
                      CpuInterface interface);

/// Registers the passes of lib/Target/CPU and the pipeline `fovea-cpu`.
void registerCpuPipeline();

/// A code generator for `target`: O3, position independent.
std::unique_ptr<llvm::TargetMachine>
createCpuTargetMachine(const CpuTargetInfo &target);

/// Compiles a module that buildCpuPipeline lowered into an object file. It calls
/// nothing but libc, libm and the OpenMP runtime.
mlir::LogicalResult emitCpuObject(mlir::ModuleOp module, const CpuTargetInfo &target,
                                  llvm::raw_pwrite_stream &output);

} // namespace fovea

#endif // FOVEA_TARGET_CPU_CPUTARGET_H
