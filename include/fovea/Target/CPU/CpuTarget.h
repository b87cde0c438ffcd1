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
};

/// Describes `cpu` ("native" for this machine) with `features` on top. Fails with a
/// message when LLVM does not know the CPU.
mlir::FailureOr<CpuTargetInfo>
getCpuTargetInfo(llvm::StringRef cpu, llvm::StringRef features,
                 llvm::function_ref<mlir::LogicalResult(const llvm::Twine &)> onError);

/// From logical tile kernels and launch programs (func, memref, scf, tile) to the LLVM
/// dialect, with OpenMP for launches. See docs of `convert-tile-to-loops`.
void buildCpuPipeline(mlir::OpPassManager &pm, const CpuTargetInfo &target);

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
